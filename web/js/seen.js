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
  /** How far the other one has read. */
  #theirs = 0;

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
      this.#theirs = 0; // what that named may be something else now
      this.#show();
    }, signal);
    mailbox.on("read", (mark) => mark.room === room.name && this.#heard(mark.at.seq), signal);
    signal.addEventListener("abort", () => {
      this.look(); // that the reader has come to the end may not have been told yet
      element.textContent = "";
    });
    if (room.joined) this.#heard(room.seen.seq);
    this.#last = room.messages.at(-1) ?? null;
    this.#show();
    this.look();
  }

  /** Takes note of what is in sight now. */
  look() {
    const { joined, name, newest } = this.#room;
    if (!joined || !newest || newest.seq <= (this.#mailbox.markOf(name)?.seq ?? 0) || !this.#looking()) return;
    this.#mailbox.markRead(name, newest);
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
