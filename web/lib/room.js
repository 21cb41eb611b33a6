/** @import {Connection} from "./connection.js" */
/** @import {Message, Removed, Refusal, Reset} from "./protocol.js" */
/** @import {Store} from "./store.js" */
import { backoff } from "./backoff.js";
import { changed } from "./changes.js";
import { Moderated } from "./moderated.js";
import { Outbox } from "./outbox.js";
import { Roster } from "./roster.js";
import { BEGINNING, Run } from "./run.js";
import { Typing } from "./typing.js";

/** With more messages than this the oldest are forgotten, where nobody reads back. */
const MOST = 1000;
/** How many are kept then: fewer, so that it is not to be done again with the next message. */
const KEPT = 800;

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
  #run = new Run();
  /** How many read here. */
  #readers = 0;
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

  /**
   * The messages from `oldest` to `newest`, in their order.
   *
   * @returns {readonly Message[]}
   */
  get messages() {
    return this.#run.messages;
  }

  /** The position of the newest entry that has come, null before there is one. It need not be a message. */
  get newest() {
    return this.#run.newest;
  }

  /** The position before which nothing has come. */
  get oldest() {
    return this.#run.oldest;
  }

  /** Whether there is something before the oldest message. */
  get hasEarlier() {
    return this.#run.hasEarlier;
  }

  /**
   * Keeps all that is loaded, however much it is, for somebody who may read back.
   *
   * @param {AbortSignal} signal ends it
   */
  hold(signal) {
    this.#readers++;
    signal.addEventListener("abort", () => this.#readers--);
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
    // What was changed meanwhile may have been after the node had read it.
    const entries = page.messages.map((entry) => meanwhile.reduce(changed, entry));
    this.emit("earlier", this.#run.prepend(entries, page.more));
  }

  /**
   * Forgets what comes before a message. It can be loaded again.
   *
   * @param {Message} message
   */
  shorten(message) {
    this.#run.shorten(message);
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
        if (head.seq === 0) this.#run.beginEmpty();
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

  /** @param {Message} entry */
  #take(entry) {
    if (!this.#concerns(entry.room) || !this.#run.isFollowedBy(entry)) return;
    this.#run.add(entry);
    if (entry.change) {
      for (const waiting of this.#meanwhile) waiting.push(entry);
      for (const message of this.#run.change(entry)) this.emit("changed", message);
    } else {
      this.emit("message", entry);
      this.#forgetOldest();
    }
    this.#checkCaughtUp();
  }

  #forgetOldest() {
    const { messages } = this.#run;
    const first = messages.at(-KEPT);
    if (first && messages.length > MOST && this.#readers === 0) this.shorten(first);
  }

  /** @param {Reset} reset */
  #reset(reset) {
    if (!this.#concerns(reset.room)) return;
    this.#run.clear();
    this.#head = reset.head.seq;
    this.caughtUp = false;
    if (reset.head.seq === 0) this.#run.beginEmpty();
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
