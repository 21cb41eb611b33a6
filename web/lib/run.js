/** @import {Message, Position} from "./protocol.js" */
import { changed } from "./changes.js";

/** @type {Position} */
export const BEGINNING = { seq: 0, id: "" };

/**
 * A part of a room's log without holes: what was said from one position to another, as it is now. The ends may be
 * entries that are no messages themselves, but change others.
 */
export class Run {
  /** @type {Position | null} null before there is one */
  oldest = null;
  /** @type {Position | null} */
  newest = null;
  /** @type {Message[]} the oldest first. It grows at its end; where it loses or wins something before, it is another one */
  messages = [];

  #more = true;

  /** Whether there is something before the oldest. */
  get hasEarlier() {
    return this.#more && this.oldest !== null && this.oldest.seq > 1;
  }

  /** Begins in front of all that will ever be said. */
  beginEmpty() {
    this.newest ??= BEGINNING;
  }

  /**
   * Whether an entry is to be added: it may have come before.
   *
   * @param {Message} entry
   */
  isFollowedBy({ seq }) {
    return seq > (this.newest?.seq ?? 0);
  }

  /**
   * Adds the entry that follows.
   *
   * @param {Message} entry
   */
  add(entry) {
    this.newest = positionOf(entry);
    this.oldest ??= this.newest;
    if (!entry.change) this.messages.push(entry);
  }

  /**
   * Applies an entry to what it is about, and returns that as it is then. What is not there comes as it is then,
   * if it comes.
   *
   * @param {Message} entry
   */
  change(entry) {
    /** @type {Message[]} */
    const found = [];
    for (const [at, message] of this.messages.entries()) {
      const now = changed(message, entry);
      if (now === message) continue;
      this.messages[at] = now;
      found.push(now);
    }
    return found;
  }

  /**
   * Adds what comes before the oldest.
   *
   * @param {Message[]} entries
   * @param {boolean} more whether there is something before these
   * @returns {Message[]} the messages among them
   */
  prepend(entries, more) {
    const [first] = entries;
    this.#more = more && first !== undefined;
    if (first) this.oldest = positionOf(first);
    const messages = entries.filter(({ change }) => !change);
    this.messages = [...messages, ...this.messages];
    return messages;
  }

  /**
   * Forgets what comes before a message.
   *
   * @param {Message} message
   */
  shorten(message) {
    this.oldest = positionOf(message);
    this.#more = true;
    this.messages = this.messages.filter(({ seq }) => seq >= message.seq);
  }

  /** Forgets everything. */
  clear() {
    this.oldest = this.newest = null;
    this.messages = [];
    this.#more = true;
  }
}

/**
 * @param {Message} message
 * @returns {Position}
 */
function positionOf({ seq, id }) {
  return { seq, id };
}
