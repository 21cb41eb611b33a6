/** @import {Composer} from "./composer.js" */
/** @import {Item} from "../lib/outbox.js" */
/** @import {Room} from "../lib/room.js" */
import { why } from "./complaints.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { say } from "./words.js";

/**
 * Says under a text why it was not sent, and asks what to do with it.
 *
 * @param {HTMLElement} body what is said under it
 * @param {Item} item
 * @param {Room} room
 * @param {Composer} composer
 */
export async function showFailure(body, item, room, composer) {
  await needs("failure.css");
  const { outbox } = room;
  const current = outbox.items.find(({ key }) => key === item.key);
  if (current?.state !== "failed" || body.querySelector(".failure")) return;
  const { refusal, verb } = item;
  const because = refusal ? why(refusal) : say("sending.unsure");
  const reason = make("span", { className: "reason", testid: "reason" }, verb === "edit" ? say("sending.edit-failed", { why: because }) : because);
  reason.role = "alert";
  // What was refused would be refused again; what may have arrived should not be written anew.
  const choices = make(
    "span",
    {},
    refusal ? choice("edit", () => rewrite(item, room, composer)) : choice("retry", () => outbox.retry(item)),
    choice("discard", () => outbox.discard(item)),
  );
  choices.addEventListener("click", () => composer.focus()); // the buttons go away, and the focus with them
  body.append(make("div", { className: "failure" }, reason, choices));
}

/**
 * Says that a change was refused that has no text.
 *
 * @param {Item} item
 * @param {Composer} composer
 */
export async function noteFailure({ verb, refusal }, composer) {
  await needs();
  const because = refusal ? why(refusal) : say("sending.unsure");
  composer.note(say(verb === "delete" ? "sending.delete-failed" : "sending.react-failed", { why: because }));
}

/**
 * @param {"edit" | "retry" | "discard"} what
 * @param {() => void} act
 */
function choice(what, act) {
  const button = make("button", { type: "button", className: "quiet", testid: what }, say(`sending.${what}`));
  button.addEventListener("click", act);
  return button;
}

/**
 * Takes a text back to where it was written.
 *
 * @param {Item} item
 * @param {Room} room
 * @param {Composer} composer
 */
function rewrite(item, room, composer) {
  const { text, of, reply } = item;
  room.outbox.discard(item);
  composer.editing = room.messages.find(({ seq, id }) => seq === of?.seq && id === of.id) ?? null;
  composer.draft = composer.editing ? text : [composer.draft, text].filter(Boolean).join("\n");
  if (reply && !composer.replyTo) composer.replyTo = reply;
}
