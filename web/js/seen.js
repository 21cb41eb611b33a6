/** @import {Connection} from "../lib/connection.js" */
/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {Message} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */
import { say } from "./words.js";

/** Says how far one has read, and shows in a direct room whether the other one has read what one said last. */
export class Seen {
  #connection;
  #mailbox;
  #room;
  #element;
  #looking;
  /** @type {Message | null} */
  #last = null;
  /** How far the other one has read, and how far one has said that one has. */
  #theirs = 0;
  #mine = 0;

  /**
   * @param {object} options
   * @param {Connection} options.connection
   * @param {Mailbox} options.mailbox
   * @param {Room} options.room
   * @param {HTMLElement} options.element where it is shown
   * @param {() => boolean} options.looking whether the newest message is in sight
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ connection, mailbox, room, element, looking, signal }) {
    this.#connection = connection;
    this.#mailbox = mailbox;
    this.#room = room;
    this.#element = element;
    this.#looking = looking;
    room.on("joined", () => this.#heard(room.seen.seq), signal);
    room.on("message", (message) => {
      this.#last = message;
      this.#show();
      this.look();
    }, signal);
    room.on("caught-up", () => this.look(), signal);
    room.on("reset", () => {
      this.#last = null;
      this.#theirs = this.#mine = 0; // what they named may be something else now
      this.#show();
    }, signal);
    mailbox.on("read", (mark) => mark.room === room.name && this.#heard(mark.at.seq), signal);
    signal.addEventListener("abort", () => (element.textContent = ""));
    if (room.joined) this.#heard(room.seen.seq);
    this.#last = room.messages.at(-1) ?? null;
    this.#show();
    this.look();
  }

  /** Takes note of what is in sight now. */
  look() {
    const { newest } = this.#room;
    if (!this.#room.joined || !newest || newest.seq <= this.#mine || !this.#looking()) return;
    this.#mine = newest.seq;
    this.#mailbox.markRead(this.#room.name, newest);
  }

  /** @param {number} seq */
  #heard(seq) {
    this.#theirs = Math.max(this.#theirs, seq);
    this.#show();
  }

  #show() {
    const mine = this.#last !== null && this.#last.user.id === this.#connection.user?.id;
    this.#element.textContent = mine && this.#last && this.#theirs >= this.#last.seq ? say("seen.read") : "";
  }
}
