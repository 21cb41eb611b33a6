/** @import {Item} from "./outbox.js" */
/** @import {Store} from "./store.js" */

/**
 * What is kept on this device of a room's outbox. Tabs share it, each item under a name of its own, so that
 * they don't overwrite each other.
 */
export class KeptItems {
  #store;
  #room;

  /**
   * @param {Store} store
   * @param {string} room
   */
  constructor(store, room) {
    this.#store = store;
    this.#room = room;
  }

  /** The items, in the order of writing. */
  get all() {
    return this.#store
      .keys(this.#name(""))
      .map((name) => parse(this.#store.get(name)))
      .filter((item) => item !== null)
      .sort((a, b) => a.at - b.at);
  }

  /** @param {Item} item */
  keep(item) {
    this.#store.set(this.#name(item.key), JSON.stringify(item));
  }

  /** @param {string} key */
  forget(key) {
    this.#store.remove(this.#name(key));
  }

  /**
   * Goes on under the name that a node has for the room. What stayed under another one would be found there
   * again, and sent again.
   *
   * @param {string} room
   */
  rename(room) {
    if (room === this.#room) return;
    const items = this.all;
    for (const { key } of items) this.forget(key);
    this.#room = room;
    for (const item of items) this.keep(item);
  }

  /** @param {string} key */
  #name(key) {
    return `chorus.outbox:${this.#room}:${key}`;
  }
}

/**
 * @param {string | null} kept
 * @returns {Item | null}
 */
function parse(kept) {
  try {
    const item = JSON.parse(kept ?? "null");
    // A page of an earlier version kept messages only, and did not say so.
    return typeof item?.key === "string" && typeof item.text === "string" ? { verb: "send", refusal: null, ...item } : null;
  } catch {
    return null;
  }
}
