/** @import {Named} from "./rich-view.js" */

/** What may be more than plain text: code, names, links, and emoji alone. */
const RICH = /[`@]|:\/\/|mailto:|\p{Extended_Pictographic}|\p{Regional_Indicator}/iu;

/** @type {typeof import("./rich-view.js") | null} */
let rich = null;

/**
 * Shows a text that nobody wrote, or as if nothing were in it.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function showPlain(element, text) {
  element.textContent = text;
  element.classList.remove("only-emoji");
}

/**
 * Shows what somebody wrote, as text. What makes more of it is loaded when there first is more in it.
 *
 * @param {HTMLElement} element
 * @param {string} text
 * @param {Named} named
 */
export async function showText(element, text, named) {
  showPlain(element, text);
  if (!RICH.test(text)) return;
  rich ??= await import("./rich-view.js").catch(() => null); // without a network it stays plain
  if (element.textContent === text) rich?.showRich(element, text, named);
}
