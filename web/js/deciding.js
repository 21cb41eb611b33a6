/** @import {Moderated} from "../lib/moderated.js" */
/** @import {User} from "../lib/protocol.js" */
import { choice, labelled, openForm } from "./form-dialog.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { complaintOf } from "./refusals.js";
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
  const duration = choice("decide-duration", durations());
  const reason = make("input", { id: "decide-reason", maxLength: REASON, dir: "auto", autocomplete: "off", testid: "decide-reason" });
  openForm({
    title: say(where === thePage().everywhere ? "decide.ban-everywhere" : `decide.${action}`, { name: user.name }),
    testid: "decide",
    fields: [...(action === "kick" ? [] : labelled(say("decide.duration"), duration)), ...labelled(say("decide.reason"), reason)],
    submit: say(`decide.do-${action}`),
    act() {
      const seconds = action === "kick" ? 0 : Number(duration.value);
      const because = reason.value.trim();
      return where.moderate(action, user.id, { ...(seconds && { seconds }), ...(because && { reason: because }) });
    },
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

/** @returns {[value: string, label: string][]} */
function durations() {
  const named = DURATIONS.map(({ n, unit, seconds }) => {
    const { format } = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
    return /** @type {[string, string]} */ ([String(seconds), format(n)]);
  });
  return [...named, ["0", say("decide.for-good")]];
}
