/** @import {Piece} from "./rich-text.js" */
import { make } from "./make.js";
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
  return make("a", { href, rel: "noopener noreferrer", target: "_blank", dir: "ltr" }, text);
}

/**
 * @param {string} text
 * @param {boolean} own whether it is who reads it
 */
function mention(text, own) {
  return make(own ? "mark" : "span", { className: "mention" }, text);
}

/**
 * @param {string} text
 * @param {boolean} block
 */
function code(text, block) {
  return make("code", { className: block ? "block" : "", dir: "ltr" }, text);
}
