/** @import {Piece} from "./rich-text.js" */
import { make } from "./make.js";
import { isEmoji, isPicture, richText } from "./rich-text.js";
import { say } from "./words.js";

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
  element.replaceChildren(...richText(text, names).flatMap((piece) => nodes(piece, me)));
}

/**
 * @param {Piece} piece
 * @param {string} me
 */
function nodes(piece, me) {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "link":
      return isPicture(piece.href) ? [link(piece.text, piece.href), " ", pictureButton(piece.href)] : link(piece.text, piece.href);
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
 * Asks for a picture. Nothing is loaded from elsewhere before somebody wants it: whoever runs that place learns of it.
 *
 * @param {string} href
 */
function pictureButton(href) {
  const button = make("button", { type: "button", className: "quiet", ariaExpanded: "false", testid: "show-picture" }, say("picture.show"));
  button.addEventListener("click", async () => {
    const { togglePicture } = await import("./picture.js");
    await togglePicture(button, href);
  });
  return button;
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
