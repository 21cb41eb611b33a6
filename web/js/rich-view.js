/** @import {Piece} from "./rich-text.js" */
import { isEmoji, richText } from "./rich-text.js";

/** Whom texts may name. The names are in lower case. */
/** @typedef {{me: string, names: ReadonlySet<string>}} Named */

/**
 * Shows what somebody wrote, with its links, code and names.
 *
 * @param {HTMLElement} element
 * @param {string} text
 * @param {Named} named
 */
export function showRich(element, text, { me, names }) {
  element.classList.toggle("only-emoji", isEmoji(text));
  element.replaceChildren(...richText(text, names).map((piece) => node(piece, me)));
}

/**
 * @param {Piece} piece
 * @param {string} me
 */
function node(piece, me) {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "link":
      return link(piece.text, piece.href);
    case "mention":
      return mention(piece.text, piece.text.slice(1).toLowerCase() === me);
    default:
      return code(piece.text, piece.kind === "block");
  }
}

/**
 * @param {string} text
 * @param {string} href
 */
function link(text, href) {
  const element = document.createElement("a");
  Object.assign(element, { href, textContent: text, rel: "noopener noreferrer", target: "_blank", dir: "ltr" });
  return element;
}

/**
 * @param {string} text
 * @param {boolean} own whether it is who reads it
 */
function mention(text, own) {
  const element = document.createElement(own ? "mark" : "span");
  element.className = "mention";
  element.textContent = text;
  return element;
}

/**
 * @param {string} text
 * @param {boolean} block
 */
function code(text, block) {
  const element = document.createElement("code");
  element.classList.toggle("block", block);
  element.dir = "ltr";
  element.textContent = text;
  return element;
}
