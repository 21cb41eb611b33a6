// What stands in a text: links, code, and who is named. It takes time in proportion to the text's length,
// whatever somebody has written; and it makes no elements, rich-view.js does.

import { mentionsIn } from "../lib/mentions.js";

/**
 * A piece of a text. In `code` and `block` the backticks around it are left out, so the pieces together
 * are the text but for those.
 *
 * @typedef {{kind: "text" | "code" | "block", text: string}
 *   | {kind: "link", text: string, href: string}
 *   | {kind: "mention", text: string}} Piece
 */

/** @type {ReadonlySet<string>} */
const NOBODY = new Set();

/**
 * Divides a text into pieces.
 *
 * @param {string} text
 * @param {ReadonlySet<string>} [names] of those who may be named, in lower case
 * @returns {Piece[]}
 */
export function richText(text, names = NOBODY) {
  return codeIn(text)
    .flatMap((piece) => (piece.kind === "text" ? linksIn(piece.text) : [piece]))
    .flatMap((piece) => (piece.kind === "text" ? namesIn(piece.text, names) : [piece]));
}

/**
 * Code is between two runs of equally many backticks: on one line with one or two, on any number of lines,
 * and set apart, with three and more.
 *
 * @param {string} text
 * @returns {Piece[]}
 */
function codeIn(text) {
  const runs = [...text.matchAll(/`+/g)];
  const closing = closingRuns(runs);
  /** @type {Piece[]} */
  const pieces = [];
  let done = 0;
  for (let i = 0; i < runs.length; i++) {
    const [ticks, at] = [runs[i]?.[0].length ?? 0, runs[i]?.index ?? 0];
    const end = runs[closing[i] ?? -1]?.index ?? -1;
    if (end < 0) continue;
    const inside = text.slice(at + ticks, end);
    const block = ticks >= 3;
    if (!block && inside.includes("\n")) continue;
    const code = block ? blockOf(inside) : inside;
    if (code.trim() === "") continue;
    const before = text.slice(done, at);
    // A block has lines of its own, so those that end around it would be empty ones.
    if (before) pieces.push({ kind: "text", text: block ? before.replace(/\n$/, "") : before });
    pieces.push({ kind: block ? "block" : "code", text: code });
    done = end + ticks;
    if (block && text[done] === "\n") done++;
    i = closing[i] ?? i;
  }
  if (done < text.length) pieces.push({ kind: "text", text: text.slice(done) });
  return pieces;
}

/**
 * For each run of backticks the next one of the same length.
 *
 * @param {RegExpMatchArray[]} runs
 */
function closingRuns(runs) {
  /** @type {(number | undefined)[]} */
  const closing = new Array(runs.length);
  /** @type {Map<number, number>} the nearest run behind, by length */
  const next = new Map();
  for (let i = runs.length - 1; i >= 0; i--) {
    const length = runs[i]?.[0].length ?? 0;
    closing[i] = next.get(length);
    next.set(length, i);
  }
  return closing;
}

/**
 * A block's lines, without the first one if that only names a language.
 *
 * @param {string} inside
 */
function blockOf(inside) {
  const firstLine = inside.slice(0, Math.max(0, inside.indexOf("\n")));
  const code = /^[\w+#.-]*[ \t]*$/.test(firstLine) && inside.includes("\n") ? inside.slice(firstLine.length + 1) : inside;
  return code.endsWith("\n") ? code.slice(0, -1) : code;
}

// The host is in plain letters, so that a link leads to where it seems to lead; only scripts without spaces
// between words may go on right behind it. Quotes, what can't be seen and Chinese punctuation end an address.
const HOST = /[a-z0-9.-]+(?![a-z0-9.-]|(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])\p{L})/u.source;
const REST = /[/?#][^\s\p{C}<>"`\\“”‘’、。〈-】！（），：；？]*/u.source;
const ADDRESS = new RegExp(String.raw`\b(?:https?://${HOST}(?::\d{1,5})?(?:${REST})?|mailto:[\w.+-]+@${HOST})`, "giu");

/**
 * @param {string} text
 * @returns {Piece[]}
 */
function linksIn(text) {
  /** @type {Piece[]} */
  const pieces = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTail(found);
    const href = hrefOf(address);
    if (!href) continue;
    if (index > done) pieces.push({ kind: "text", text: text.slice(done, index) });
    pieces.push({ kind: "link", text: address, href });
    done = index + address.length;
  }
  if (done < text.length) pieces.push({ kind: "text", text: text.slice(done) });
  return pieces;
}

/** @type {Record<string, string>} */
const OPENING = { ")": "(", "]": "[", "}": "{" };

/**
 * An address without what ends the sentence or the brackets around it.
 *
 * @param {string} address
 */
function withoutTail(address) {
  /** @type {Record<string, number>} how many brackets were closed and not opened, by the closing one */
  const surplus = {};
  for (const [close, open] of Object.entries(OPENING)) surplus[close] = count(address, close) - count(address, open);
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1] ?? "";
    const left = surplus[last];
    if (left === undefined ? !".,;:!?'*_~…".includes(last) : left <= 0) break;
    if (left !== undefined) surplus[last] = left - 1;
  }
  return address.slice(0, end);
}

/**
 * @param {string} text
 * @param {string} character
 */
function count(text, character) {
  return text.split(character).length - 1;
}

/**
 * Where an address leads, or "" where it is none after all.
 *
 * @param {string} address
 */
function hrefOf(address) {
  if (!URL.canParse(address)) return "";
  const { protocol, href } = new URL(address);
  return ["http:", "https:", "mailto:"].includes(protocol) ? href : "";
}

/**
 * @param {string} text
 * @param {ReadonlySet<string>} names
 * @returns {Piece[]}
 */
function namesIn(text, names) {
  /** @type {Piece[]} */
  const pieces = [];
  let done = 0;
  for (const [at, end] of mentionsIn(text, names)) {
    if (at < done) continue; // within a name that has an @ in it
    if (at > done) pieces.push({ kind: "text", text: text.slice(done, at) });
    pieces.push({ kind: "mention", text: text.slice(at, end) });
    done = end;
  }
  if (done < text.length) pieces.push({ kind: "text", text: text.slice(done) });
  return pieces;
}

/** So many emoji alone are shown large. */
const FEW = 4;
const EMOJI = /^(?:[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u{E0020}-\u{E007F}\s]|\u200d|\ufe0f)+$/u;
const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Whether a text is nothing but a few emoji.
 *
 * @param {string} text
 */
export function isEmoji(text) {
  if (text.length > 100 || !/\p{Emoji_Presentation}|\ufe0f/u.test(text) || !EMOJI.test(text)) return false;
  return [...letters.segment(text.replace(/\s/g, ""))].length <= FEW;
}

/**
 * Whether a link leads to a picture, as far as its address tells. Only those that nobody on the way can
 * have changed are shown.
 *
 * @param {string} href
 */
export function isPicture(href) {
  const { protocol, pathname } = new URL(href);
  return protocol === "https:" && /\.(?:png|jpe?g|gif|webp|avif)$/i.test(pathname);
}
