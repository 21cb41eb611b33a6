/** @import {Message} from "./protocol.js" */
/** @import {Store} from "./store.js" */

const PREFIX = "chorus.draft:";
/** In so many rooms something that was begun is kept: when there are more, the oldest is forgotten. */
const MOST = 50;
/** Of each so much is kept, in UTF-16 units: more than a message may have. */
const LONGEST = 20_000;
/** What is kept. The first is the whole. */
const FIELDS = ["", "at", "draft", "text", "replyTo", "editing", "aside", "seq", "id", "user", "name"];

/** A message that is answered or gets another text, as far as one has to know it for that. */
/** @typedef {Pick<Message, "seq" | "id" | "user" | "text">} Subject */

/**
 * What is being written in a room: a message, an answer, or another text for a message. Then what had been begun before
 * is put `aside`.
 *
 * @typedef {object} Draft
 * @property {string} text
 * @property {Subject | undefined} [replyTo]
 * @property {Subject | undefined} [editing]
 * @property {Draft | undefined} [aside]
 */

/** What is being written in all rooms. It is kept on this device, so that a reload does not lose it. */
export class Drafts {
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * Returns what is being written in a room.
   *
   * @param {string} room
   * @returns {Draft}
   */
  of(room) {
    return parse(this.#store.get(PREFIX + room))?.draft ?? { text: "" };
  }

  /**
   * Keeps what is being written in a room, if it is something.
   *
   * @param {string} room
   * @param {Draft} draft
   */
  keep(room, draft) {
    if (draft.text === "" && !draft.replyTo && !draft.editing) {
      this.#store.remove(PREFIX + room);
      return;
    }
    const isNew = this.#store.get(PREFIX + room) === null;
    this.#store.set(PREFIX + room, JSON.stringify({ at: Date.now(), draft }, bounded));
    if (isNew) this.#forgetOldest();
  }

  #forgetOldest() {
    const names = this.#store.keys(PREFIX);
    if (names.length <= MOST) return;
    const oldest = names.map((name) => ({ name, at: parse(this.#store.get(name))?.at ?? 0 })).sort((a, b) => a.at - b.at);
    for (const { name } of oldest.slice(0, names.length - MOST)) this.#store.remove(name);
  }
}

/**
 * Leaves out what one need not know of messages, and what is too much.
 *
 * @param {string} key
 * @param {unknown} value
 */
function bounded(key, value) {
  if (!FIELDS.includes(key)) return undefined;
  return typeof value === "string" ? value.slice(0, LONGEST) : value;
}

/**
 * @param {string | null} kept
 * @returns {{at: number, draft: Draft} | null}
 */
function parse(kept) {
  try {
    const parsed = JSON.parse(kept ?? "null");
    return typeof parsed?.draft?.text === "string" ? parsed : null;
  } catch {
    return null;
  }
}
