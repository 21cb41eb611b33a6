/** @import {Connection} from "./connection.js" */
/** @import {Message, Position, Removed, Refusal, Reset} from "./protocol.js" */
/** @import {Store} from "./store.js" */
import { backoff } from "./backoff.js";
import { changed } from "./changes.js";
import { Moderated } from "./moderated.js";
import { Outbox } from "./outbox.js";
import { Roster } from "./roster.js";
import { Typing } from "./typing.js";

/** @type {Position} */
const BEGINNING = { seq: 0, id: "" };

/**
 * A room as this client sees it: a run of messages without holes, from `oldest` to `newest`, that
 * is continued after each reconnect from where it ended; what is on its way there (`outbox`); who is
 * there (`roster`) and who is writing (`typing`).
 *
 * Events: `joined` after each join, with the room's name as the node writes it in `name`;
 * `refused` when the room can't be joined at all; `message` for each message that comes after
 * `newest`; `changed` with a message as it is now, when it was edited, deleted or reacted to, or what it
 * answers was (the entries that say so are not messages themselves); `reset` when all messages are to be forgotten; `caught-up` when the messages up to
 * the head at the time of joining are there; `earlier` with messages that come before `oldest`;
 * `shortened` when some of those were forgotten again.
 *
 * `removed` when the node has taken the session out of the room; `enter` tries to come back.
 *
 * @extends {Moderated<{joined: void, refused: Refusal, removed: Removed, message: Message, changed: Message, reset: Reset,
 *   "caught-up": void, earlier: Message[], shortened: void}>}
 */
export class Room extends Moderated {
  joined = false;
  /** What one may do here: read, write or moderate. */
  access = "write";
  /** @type {Position | null} the newest message shown; null before there is one */
  newest = null;
  /** @type {Position | null} */
  oldest = null;
  /** @type {Refusal | null} why it can't be joined at all */
  refusal = null;
  /** @type {Removed | null} why the node has taken the session out of it */
  removal = null;
  /** Whether the messages up to the head at the time of joining are there. */
  caughtUp = false;
  /** How far the other one had read when this room was joined, if it is a direct one. */
  seen = BEGINNING;

  #connection;
  #left = new AbortController();
  /** Whether the node was asked to join. It carries out a later leave after it. */
  #asked = false;
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** The seq that is to be reached, or null when it was. */
  #head = /** @type {number | null} */ (null);
  #more = true;
  /** @type {Map<number, Message>} those from `oldest` to `newest`, by seq */
  #messages = new Map();
  /** @type {Set<Message[]>} the changes that have come while something earlier was waited for */
  #meanwhile = new Set();

  /**
   * @param {Connection} connection
   * @param {string} name
   * @param {Store} store keeps what is on its way
   */
  constructor(connection, name, store) {
    super(connection, name);
    this.#connection = connection;
    this.outbox = new Outbox(connection, this, store);
    this.roster = new Roster(connection, this, this.#left.signal);
    this.typing = new Typing(connection, this, this.#left.signal);
    connection.on("state", (state) => this.#connected(state.name === "open"), this.#left.signal);
    connection.on("message", (message) => this.#take(message), this.#left.signal);
    connection.on("reset", (reset) => this.#reset(reset), this.#left.signal);
    connection.on("removed", (removed) => this.#removed(removed), this.#left.signal);
  }

  /**
   * Says something. What becomes of it, `outbox` knows.
   *
   * @param {string} text
   * @param {Message} [answered] the message that this one answers
   */
  send(text, answered) {
    this.outbox.add(text, answered);
  }

  /** Reads what is on its way, and joins as soon as there is a connection. */
  enter() {
    this.outbox.load();
    this.#connected(this.#connection.isOpen);
  }

  /** Leaves for good. */
  leave() {
    clearTimeout(this.#retry);
    this.#left.abort();
    this.outbox.close();
    if (this.#asked) this.#connection.command("leave", { room: this.name });
    this.joined = this.#asked = false;
  }

  /** The messages from `oldest` to `newest`, in their order. */
  get messages() {
    return [...this.#messages.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Whether there is something before the oldest message. */
  get hasEarlier() {
    return this.#more && this.oldest !== null && this.oldest.seq > 1;
  }

  /**
   * Loads what comes before the oldest message.
   *
   * @returns {Promise<void>} rejected with a ChorusError
   */
  async loadEarlier() {
    const before = this.oldest;
    if (!before) return;
    /** @type {Message[]} */
    const meanwhile = [];
    this.#meanwhile.add(meanwhile);
    const page = await this.#connection
      .ask("history", { room: this.name, before })
      .finally(() => this.#meanwhile.delete(meanwhile));
    if (this.oldest !== before) return; // there was a reset, or it was shortened
    const first = page.messages[0];
    this.#more = page.more && first !== undefined;
    if (first) this.oldest = positionOf(first);
    // What was changed meanwhile may have been after the node had read it.
    const messages = page.messages.filter(({ change }) => !change).map((message) => meanwhile.reduce(changed, message));
    for (const message of messages) this.#messages.set(message.seq, message);
    this.emit("earlier", messages);
  }

  /**
   * Forgets what comes before a message. It can be loaded again.
   *
   * @param {Message} message
   */
  shorten(message) {
    this.oldest = positionOf(message);
    this.#more = true;
    for (const seq of this.#messages.keys()) if (seq < message.seq) this.#messages.delete(seq);
    this.emit("shortened", undefined);
  }

  /** @param {boolean} open */
  #connected(open) {
    clearTimeout(this.#retry);
    this.joined = this.#asked = this.caughtUp = false;
    this.#attempt = 0;
    if (open) this.#join();
  }

  #join() {
    this.#asked = true;
    this.#connection.command(
      "join",
      { room: this.name, presence: true, ...(this.newest && { since: this.newest }) },
      ({ room, head, read, access = "write" }) => {
        if (this.#left.signal.aborted) return;
        this.name = room;
        this.joined = true;
        this.refusal = this.removal = null;
        this.access = access;
        this.seen = read ?? BEGINNING;
        this.#head = head.seq;
        if (head.seq === 0) this.newest ??= BEGINNING;
        this.emit("joined", undefined);
        this.#checkCaughtUp();
      },
      (refusal) => {
        if (this.#left.signal.aborted || refusal.code === "lost") return;
        if (refusal.retryable) {
          const delay = Math.max(refusal.retry_after_ms ?? 0, backoff(this.#attempt++));
          this.#retry = setTimeout(() => this.#join(), delay);
          return;
        }
        this.refusal = refusal;
        this.emit("refused", refusal);
      },
    );
  }

  /** @param {Message} message */
  #take(message) {
    if (!this.#concerns(message.room) || message.seq <= (this.newest?.seq ?? 0)) return;
    this.newest = positionOf(message);
    this.oldest ??= this.newest;
    if (message.change) this.#change(message);
    else {
      this.#messages.set(message.seq, message);
      this.emit("message", message);
    }
    this.#checkCaughtUp();
  }

  /**
   * Applies an entry to what it is about. What is not there comes as it is then, if it comes.
   *
   * @param {Message} entry
   */
  #change(entry) {
    for (const waiting of this.#meanwhile) waiting.push(entry);
    for (const [seq, message] of this.#messages) {
      const now = changed(message, entry);
      if (now === message) continue;
      this.#messages.set(seq, now);
      this.emit("changed", now);
    }
  }

  /** @param {Reset} reset */
  #reset(reset) {
    if (!this.#concerns(reset.room)) return;
    this.newest = this.oldest = null;
    this.#messages.clear();
    this.#more = true;
    this.#head = reset.head.seq;
    this.caughtUp = false;
    if (reset.head.seq === 0) this.newest = BEGINNING;
    this.emit("reset", reset);
    this.#checkCaughtUp();
  }

  /** @param {Removed} removed */
  #removed(removed) {
    if (!this.#concerns(removed.room)) return;
    this.joined = this.#asked = false;
    this.removal = removed;
    this.emit("removed", removed);
  }

  /** @param {string} room */
  #concerns(room) {
    return this.joined && room === this.name;
  }

  #checkCaughtUp() {
    if (this.#head === null || !this.newest || this.newest.seq < this.#head) return;
    this.#head = null;
    this.caughtUp = true;
    this.emit("caught-up", undefined);
  }
}

/**
 * @param {Message} message
 * @returns {Position}
 */
function positionOf({ seq, id }) {
  return { seq, id };
}
