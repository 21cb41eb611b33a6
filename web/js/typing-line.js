/** @import {Typing} from "../lib/typing.js" */

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

const list = new Intl.ListFormat("en", { type: "conjunction" });

/** @param {string[]} names */
function sentence(names) {
  if (names.length === 0) return "";
  if (names.length > NAMED) return "Several people are writing …";
  return `${list.format(names)} ${names.length === 1 ? "is" : "are"} writing …`;
}
