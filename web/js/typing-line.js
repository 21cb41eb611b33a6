/** @import {Typing} from "../lib/typing.js" */
import { listed, say } from "./words.js";

/** Up to so many people are named. */
const NAMED = 2;

/** Says who is writing something. */
export class TypingLine {
  /**
   * @param {Typing} typing
   * @param {HTMLElement} element where it is shown
   * @param {AbortSignal} signal ends it
   */
  constructor(typing, element, signal) {
    const show = () => (element.textContent = sentence(typing.users.map(({ name }) => name)));
    typing.on("changed", show, signal);
    signal.addEventListener("abort", () => (element.textContent = ""));
    show();
  }
}

/** @param {string[]} names */
function sentence(names) {
  if (names.length === 0) return "";
  if (names.length > NAMED) return say("typing.many");
  return say(names.length === 1 ? "typing.one" : "typing.two", { names: listed(names) });
}
