/** @import {Message} from "../lib/protocol.js" */
import { byId } from "./dom.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { say } from "./words.js";

/** @type {HTMLElement | null} what was announced and not put away yet */
let shown = null;

/**
 * Shows above the conversation, whatever room that is, what is announced to all, until it was read.
 *
 * @param {Message} message
 */
export async function announce({ user, text = "" }) {
  await needs("announcement.css");
  shown ??= open();
  shown.append(make("p", { dir: "auto" }, say("announced", { by: user.name, text })));
}

function open() {
  const scroller = byId("scroller", HTMLElement);
  const texts = make("div", { role: "alert", ariaAtomic: "false" }); // the next one is read out alone
  const close = make("button", { type: "button", className: "quiet", testid: "announcement-close" }, say("close"));
  const bar = make("div", { className: "announcement", testid: "announcement" }, texts, close);
  close.addEventListener("click", () => {
    bar.remove();
    shown = null;
    scroller.focus({ preventScroll: true }); // the button had the focus
  });
  scroller.before(bar);
  return texts;
}
