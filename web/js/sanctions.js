/** @import {Moderated} from "../lib/moderated.js" */
/** @import {Sanction} from "../lib/protocol.js" */
import { moment } from "./acts.js";
import { openDialog } from "./dialog.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { complaintOf } from "./refusals.js";
import { sanctionsOf } from "./sanctions-of.js";
import { say } from "./words.js";

/**
 * Shows who is muted or banned in the room on the screen, to let them speak or come again; to administrators also who is
 * so everywhere.
 *
 * @returns {Promise<void>} rejected with a ChorusError
 */
export async function openSanctions() {
  await needs("list.css");
  const { everywhere } = thePage();
  const room = thePage().room();
  const [here, toldOf] = await Promise.all([room.sanctions(), sanctionsOf(everywhere)]);
  const all = toldOf ?? [];
  const list = make("ul", { className: "list", testid: "sanctions-list" });
  const nobody = make("p", { hidden: here.length + all.length > 0, testid: "sanctions-none" }, say("sanctions.none"));
  const error = make("p", { className: "error", role: "alert", testid: "sanctions-error" });
  const close = make("button", { type: "button", testid: "sanctions-close" }, say("close"));
  const ended = (/** @type {HTMLElement} */ item) => {
    item.remove();
    nobody.hidden = list.childElementCount > 0;
    close.focus();
  };
  const failed = (/** @type {unknown} */ refusal) => {
    error.textContent = complaintOf(refusal);
  };
  list.append(
    ...here.map((sanction) => line(sanction, room, "", ended, failed)),
    ...all.map((sanction) => line(sanction, everywhere, "-everywhere", ended, failed)),
  );
  const dialog = openDialog(say("sanctions"), "sanctions", nobody, list, error, make("div", { className: "buttons" }, close));
  close.addEventListener("click", () => dialog.close());
}

/**
 * @param {Sanction} sanction
 * @param {Moderated<any>} where
 * @param {"" | "-everywhere"} place
 * @param {(item: HTMLElement) => void} ended
 * @param {(refusal: unknown) => void} failed
 */
function line({ kind, user, until }, where, place, ended, failed) {
  const name = user.name || say("somebody");
  const action = kind === "ban" ? "ban" : "mute";
  const holds = until ? say(`sanctions.${action}-until`, { until: moment(until) }) : say(`sanctions.${action}`);
  const end = make("button", { type: "button", className: "quiet", testid: `sanctions-undo-${action}${place}` }, say(`person.undo-${action}${place}`, { name }));
  const item = make("li", {}, make("p", {}, make("bdi", {}, name), make("small", {}, holds)), end);
  end.addEventListener("click", () => where.moderate(`un${action}`, user.id).then(() => ended(item), failed));
  return item;
}
