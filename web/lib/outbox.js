/** @import {Connection} from "./connection.js" */
/** @import {Commands, Message, Position, Refusal, Sent} from "./protocol.js" */
/** @import {Room} from "./room.js" */
/** @import {Store} from "./store.js" */
import { backoff } from "./backoff.js";
import { excerpt } from "./changes.js";
import { Emitter } from "./emitter.js";
import { KeptItems } from "./kept-items.js";
import { newKey } from "./key.js";
import { BEGINNING } from "./run.js";

/**
 * How long a message may be repeated after it was first sent. A node knows for ten minutes that
 * it has stored it; a repeat after that could store it a second time.
 */
const REPEATABLE = 5 * 60_000;

/**
 * What is on its way: a message (`send`), or a change of one that was said.
 *
 * @typedef {object} Item
 * @property {string} key
 * @property {"send" | "edit" | "delete" | "react" | "unreact"} verb
 * @property {string} text of a message or an edit, else ""
 * @property {string} [emoji] of a reaction
 * @property {Position} [of] the message that is changed
 * @property {{seq: number, id: string, user: {id: string, name: string}, text?: string}} [reply] what a message answers
 * @property {number} at when it was written
 * @property {number} tried when it was first sent, 0 if it never was
 * @property {string} user the id of the user it was sent as, "" if it never was
 * @property {"pending" | "sent" | "failed"} state sent: stored, and about to be shown
 * @property {Refusal | null} refusal why it failed; null also where it is not known whether it arrived
 */

/**
 * The messages that were written in a room, and the changes made there, that have not come back yet.
 * They are sent in order, one after another, and kept on this device until the node has stored them: a
 * reload, a crash or a broken connection loses none and doubles none.
 *
 * A tab that opens takes over what it finds of others, even if one of them is just sending it: the same user and
 * key are stored once, so both see it done.
 *
 * Events: `put` when an item was added or changed, `gone` when it was shown or discarded, `failed` when a deletion
 * or a reaction was refused: it is not kept then, since there is nothing in it that would have to be written again.
 *
 * @extends {Emitter<{put: Item, gone: Item, failed: Item}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, Item>} in the order of writing */
  #items = new Map();
  /** @type {Map<string, number>} the seq of items that are stored, by key */
  #stored = new Map();
  #connection;
  #room;
  #kept;
  #closed = new AbortController();
  /** The room whose items were read. */
  #loaded = "";
  #busy = false;
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * @param {Connection} connection
   * @param {Room} room
   * @param {Store} store
   */
  constructor(connection, room, store) {
    super();
    this.#connection = connection;
    this.#room = room;
    this.#kept = new KeptItems(store, room.name);
    room.on("joined", () => this.#joined(), this.#closed.signal);
    room.on("message", (message) => this.#shown(message), this.#closed.signal);
    room.on("reset", () => this.#forgetStored(), this.#closed.signal);
  }

  /** The items, in the order of writing. */
  get items() {
    return [...this.#items.values()];
  }

  /** How much is still to be sent. */
  get waiting() {
    return this.items.filter(({ state }) => state === "pending").length;
  }

  /** Reads what was kept. To be called once the listeners are there. */
  load() {
    if (this.#loaded === this.#room.name) return;
    this.#loaded = this.#room.name;
    this.#kept.rename(this.#room.name);
    for (const item of this.#kept.all) {
      if (!this.#items.has(item.key)) this.#put(item);
    }
  }

  /** Stops sending; what was not sent stays kept. */
  close() {
    clearTimeout(this.#retry);
    this.#closed.abort();
  }

  /**
   * Says something.
   *
   * @param {string} text
   * @param {Pick<Message, "seq" | "id" | "user" | "text">} [answered] the message that this one answers
   */
  add(text, answered) {
    if (!answered) return this.#add({ verb: "send", text });
    const { seq, id, user } = answered;
    return this.#add({ verb: "send", text, reply: { seq, id, user, ...(answered.text && { text: excerpt(answered.text) }) } });
  }

  /**
   * Gives a message another text.
   *
   * @param {Position} message
   * @param {string} text
   */
  edit({ seq, id }, text) {
    this.#add({ verb: "edit", of: { seq, id }, text });
  }

  /** @param {Message} message */
  delete({ seq, id }) {
    this.#add({ verb: "delete", of: { seq, id }, text: "" });
  }

  /**
   * Puts a reaction to a message, or takes it away.
   *
   * @param {Message} message
   * @param {string} emoji
   * @param {boolean} on
   */
  react({ seq, id }, emoji, on) {
    this.#add({ verb: on ? "react" : "unreact", of: { seq, id }, emoji, text: "" });
  }

  /** @param {Pick<Item, "verb" | "text" | "emoji" | "of" | "reply">} what */
  #add(what) {
    const last = this.items.at(-1)?.at ?? 0;
    const at = Math.max(Date.now(), last + 1); // no two are alike, so that the order is kept
    this.#keep({ ...what, key: newKey(), at, tried: 0, user: "", state: "pending", refusal: null });
    this.#next();
  }

  /**
   * Sends a failed item again, with its old key: if it did arrive lately, it is not doubled.
   *
   * @param {Item} item
   */
  retry(item) {
    this.#keep({ ...item, tried: 0, user: "", state: "pending", refusal: null });
    this.#next();
  }

  /** @param {Item} item */
  discard(item) {
    this.#kept.forget(item.key);
    this.#drop(item.key);
  }

  #joined() {
    clearTimeout(this.#retry);
    this.#busy = false;
    this.#attempt = 0;
    this.load();
    this.#next();
  }

  /** Sends the first item that waits. */
  #next() {
    const { isOpen, user: me } = this.#connection;
    if (this.#busy || !this.#room.joined || !isOpen || !me) return;
    const item = this.items.find(({ state }) => state === "pending");
    if (!item) return;
    if (item.tried && (item.user !== me.id || Date.now() - item.tried > REPEATABLE)) {
      this.#fail(item, null);
      this.#next();
      return;
    }
    if (!item.tried) this.#keep({ ...item, tried: Date.now(), user: me.id });
    this.#send(item);
  }

  /** @param {Item} item */
  #send({ key, verb, text, emoji = "", of = BEGINNING, reply }) {
    this.#busy = true;
    const room = this.#room.name;
    /** @type {{[V in Item["verb"]]: Commands[V]}} */
    const fields = {
      send: { room, key, text, ...(reply && { reply: { seq: reply.seq, id: reply.id } }) },
      edit: { room, key, of, text },
      delete: { room, key, of },
      react: { room, key, of, emoji },
      unreact: { room, key, of, emoji },
    };
    this.#connection.command(
      verb,
      fields[verb],
      (sent) => this.#sent(key, sent),
      (refusal) => this.#refused(key, refusal),
    );
  }

  /**
   * @param {string} key
   * @param {Sent} sent
   */
  #sent(key, { seq }) {
    this.#kept.forget(key); // even when this room was left meanwhile
    if (this.#closed.signal.aborted) return;
    this.#busy = false;
    this.#attempt = 0;
    const item = this.#items.get(key);
    if (item) {
      this.#stored.set(key, seq);
      if (seq <= (this.#room.newest?.seq ?? 0) || item.verb !== "send") this.#drop(key);
      else this.#put({ ...item, state: "sent" });
    }
    this.#next();
  }

  /**
   * @param {string} key
   * @param {Refusal} refusal
   */
  #refused(key, refusal) {
    if (this.#closed.signal.aborted) return;
    if (refusal.code === "lost" || refusal.code === "not_joined") return; // joining goes on with it
    if (refusal.retryable) {
      this.#retry = setTimeout(
        () => {
          this.#busy = false;
          this.#next();
        },
        Math.max(refusal.retry_after_ms ?? 0, backoff(this.#attempt++)),
      );
      return;
    }
    this.#busy = false;
    const item = this.#items.get(key);
    if (item) this.#fail(item, refusal);
    this.#next();
  }

  /**
   * @param {Item} item
   * @param {Refusal | null} refusal
   */
  #fail(item, refusal) {
    /** @type {Item} */
    const failed = { ...item, state: "failed", refusal };
    if (item.text) {
      this.#keep(failed);
      return;
    }
    this.discard(item);
    this.emit("failed", failed);
  }

  /** @param {Message} message */
  #shown(message) {
    const item = this.#items.get(message.key);
    // One may have become another user since it was sent.
    if (item && message.user.id === (item.user || this.#connection.user?.id)) this.discard(item);
    for (const [key, seq] of this.#stored) {
      if (seq <= message.seq) this.#drop(key);
    }
  }

  /** What was stored in a log that is gone will not be shown. */
  #forgetStored() {
    for (const key of [...this.#stored.keys()]) this.#drop(key);
  }

  /** @param {Item} item */
  #keep(item) {
    this.#kept.keep(item);
    this.#put(item);
  }

  /** @param {Item} item */
  #put(item) {
    this.#items.set(item.key, item);
    this.emit("put", item);
  }

  /** @param {string} key */
  #drop(key) {
    const item = this.#items.get(key);
    this.#stored.delete(key);
    this.#items.delete(key);
    if (item) this.emit("gone", item);
  }
}
