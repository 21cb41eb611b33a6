/** @import {LogView} from "./log-view.js" */
/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {Message} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */

/** Finds where to draw the line between what was read when a room was opened and what is new since. */
export class UnreadLine {
  /** Whether it is known what is new. As long as it isn't, nothing is to be marked as read. */
  known = false;

  #room;
  #mailbox;
  #log;
  #found;

  /**
   * @param {object} parts
   * @param {Room} parts.room
   * @param {Mailbox} parts.mailbox
   * @param {LogView} parts.log
   * @param {(fresh: Message[]) => void} parts.found called with what others have said since, if all of it is loaded
   * @param {AbortSignal} parts.signal ends it
   */
  constructor({ room, mailbox, log, found, signal }) {
    this.#room = room;
    this.#mailbox = mailbox;
    this.#log = log;
    this.#found = found;
    log.readTo = Infinity;
    room.on("caught-up", () => this.#look(), signal);
    room.on("reset", () => (log.readTo = Infinity), signal);
    mailbox.on("changed", () => this.#look(), signal);
    document.addEventListener("visibilitychange", () => this.#left(), { signal });
    this.#look();
  }

  #look() {
    if (this.known || !this.#room.caughtUp || !this.#mailbox.known) return;
    this.known = true;
    const { name, messages } = this.#room;
    const mark = this.#mailbox.markOf(name);
    if (!mark) return;
    const fresh = messages.filter(({ seq, user, act }) => seq > mark.seq && user.id !== this.#log.named.id && !act);
    const [first] = fresh;
    if (!first) return;
    const allLoaded = first !== messages[0];
    this.#log.readTo = allLoaded ? first.seq - 1 : mark.seq;
    if (allLoaded) this.#found(fresh);
  }

  /** What comes while nobody looks is new as well. */
  #left() {
    const { newest } = this.#room;
    if (document.visibilityState === "hidden" && newest && this.#mailbox.markOf(this.#room.name)?.seq === newest.seq) {
      this.#log.readTo = newest.seq;
    }
  }
}
