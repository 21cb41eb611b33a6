/** @import {User} from "../lib/protocol.js" */

const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Gives an element a user's colour, for the stylesheet to make use of.
 *
 * @param {HTMLElement} element
 * @param {User} user
 */
export function colour(element, { id }) {
  let hue = 0;
  for (const char of id) hue = (hue * 31 + char.charCodeAt(0)) % 360;
  element.style.setProperty("--hue", String(hue));
}

/**
 * Shows a user as a coloured letter.
 *
 * @param {HTMLElement} element
 * @param {User} user
 */
export function showAvatar(element, user) {
  colour(element, user);
  const [first] = letters.segment(user.name);
  element.textContent = first?.segment.toLocaleUpperCase() ?? "";
}
