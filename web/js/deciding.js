/** @import {Moderated} from "../lib/moderated.js" */
/** @import {User} from "../lib/protocol.js" */
import { why } from "./complaints.js";
import { openDialog } from "./dialog.js";
import { ChorusError } from "../lib/error.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { language, say } from "./words.js";

/** How long a mute or a ban can hold: for so many of these; else for good. */
const DURATIONS = /** @type {const} */ ([
  { n: 10, unit: "minute", seconds: 600 },
  { n: 1, unit: "hour", seconds: 3600 },
  { n: 1, unit: "day", seconds: 86_400 },
  { n: 1, unit: "week", seconds: 604_800 },
  { n: 30, unit: "day", seconds: 2_592_000 },
]);

/** The longest reason that there may be, in characters. */
const REASON = 200;

/**
 * Asks a moderator how long something is to hold, and why, and does it.
 *
 * @param {object} options
 * @param {"kick" | "mute" | "ban"} options.action
 * @param {User} options.user
 * @param {Moderated<any>} options.where
 */
export function decide({ action, user, where }) {
  const title = say(where === thePage().everywhere ? "decide.ban-everywhere" : `decide.${action}`, { name: user.name });
  const duration = durations();
  const reason = make("input", { id: "decide-reason", maxLength: REASON, dir: "auto", autocomplete: "off", testid: "decide-reason" });
  const error = make("p", { className: "error", role: "alert", testid: "decide-error" });
  const cancel = make("button", { type: "button", className: "quiet", testid: "decide-cancel" }, say("cancel"));
  const submit = make("button", { testid: "decide-submit" }, say(`decide.do-${action}`));
  const form = make("form", {});
  if (action !== "kick") form.append(make("label", { htmlFor: duration.id }, say("decide.duration")), duration);
  form.append(
    make("label", { htmlFor: reason.id }, say("decide.reason")),
    reason,
    error,
    make("div", { className: "buttons" }, cancel, submit),
  );
  const dialog = openDialog(title, "decide", form);
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    error.textContent = "";
    const seconds = action === "kick" ? 0 : Number(duration.value);
    const because = reason.value.trim();
    try {
      await where.moderate(action, user.id, { ...(seconds && { seconds }), ...(because && { reason: because }) });
      dialog.close();
    } catch (refusal) {
      error.textContent = complaintOf(refusal);
    } finally {
      submit.disabled = false;
    }
  });
}

/**
 * Ends a mute or a ban, and says near the composer why not, where it can't be done.
 *
 * @param {"mute" | "ban"} kind
 * @param {string} user their id
 * @param {Moderated<any>} where
 */
export async function undo(kind, user, where) {
  try {
    await where.moderate(`un${kind}`, user);
  } catch (error) {
    thePage().composer.note(complaintOf(error));
  }
}

/**
 * What is wrong, for people.
 *
 * @param {unknown} error
 */
export function complaintOf(error) {
  if (error instanceof ChorusError) return why(error);
  throw error;
}

function durations() {
  const select = make("select", { id: "decide-duration", testid: "decide-duration" });
  for (const { n, unit, seconds } of DURATIONS) {
    const { format } = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
    select.append(make("option", { value: String(seconds) }, format(n)));
  }
  select.append(make("option", { value: "0" }, say("decide.for-good")));
  return select;
}
