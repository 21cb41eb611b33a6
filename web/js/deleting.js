/** @import {Message} from "../lib/protocol.js" */
import { excerpt } from "../lib/changes.js";
import { openDialog } from "./dialog.js";
import { make } from "./make.js";
import { say } from "./words.js";

/**
 * Asks whether a message is really to be deleted, since that is for good and for all.
 *
 * @param {Message} message
 * @param {() => void} confirmed
 */
export function confirmDelete({ text = "" }, confirmed) {
  const cancel = make("button", { type: "button", className: "quiet", testid: "delete-cancel" }, say("cancel"));
  const submit = make("button", { type: "button", className: "danger", autofocus: true, testid: "delete-confirm" }, say("action.delete"));
  const quote = make("p", { id: "delete-excerpt", className: "excerpt", dir: "auto" }, excerpt(text));
  const dialog = openDialog(say("delete.title"), "delete-dialog", quote, make("div", { className: "buttons" }, cancel, submit));
  dialog.setAttribute("aria-describedby", quote.id);
  cancel.addEventListener("click", () => dialog.close());
  submit.addEventListener("click", () => {
    dialog.close();
    confirmed();
  });
}
