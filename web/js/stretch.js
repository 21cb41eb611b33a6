/** @import {Message} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */

/** At most so many messages are shown, */
export const MOST = 400;
/** and so many are put in or taken out at once. */
export const STEP = 100;

/**
 * Shows messages one after another.
 *
 * @typedef {object} View
 * @property {(messages: Message[]) => void} append
 * @property {(messages: Message[]) => void} prepend
 * @property {(count: number) => void} dropFirst
 * @property {(count: number) => void} dropLast
 * @property {() => void} clear
 */

/**
 * The stretch of a room's messages that is shown. It moves with the reader and does not grow, so that a room
 * with ten thousand messages is as quick as one with a hundred.
 */
export class Stretch {
  /** Whether the newest message is in it. */
  atEnd = true;

  #room;
  #view;
  #moved;
  /** The seq of the first message that is shown, and how many are. */
  #first = 0;
  #count = 0;

  /**
   * @param {Pick<Room, "messages" | "shorten">} room
   * @param {View} view
   * @param {() => void} moved called when something else is shown, and not only more at the end
   */
  constructor(room, view, moved = () => {}) {
    this.#room = room;
    this.#view = view;
    this.#moved = moved;
    this.#show(room.messages.length - MOST + STEP);
  }

  /** Whether the oldest message that the room has is in it. */
  get atBeginning() {
    return this.#from <= 0;
  }

  /**
   * Takes a new message of the room. Whoever follows is shown it, and the oldest ones are forgotten for it;
   * whoever reads back finds it where the newer messages are.
   *
   * @param {Message} message
   * @param {() => boolean} follows
   * @returns {boolean} whether there is less before it now
   */
  add(message, follows) {
    if (!this.atEnd) return false;
    if (this.#count >= MOST && !follows()) {
      this.atEnd = false;
      this.#moved();
      return false;
    }
    this.#view.append([message]);
    if (this.#count++ === 0) this.#first = message.seq;
    if (this.#count <= MOST) return false;
    this.#forgetOldest();
    return true;
  }

  /**
   * Shows more of what comes before.
   *
   * @returns {boolean} whether the room has any
   */
  showEarlier() {
    const [all, from] = [this.#room.messages, this.#from];
    const count = Math.min(from, STEP);
    if (count <= 0) return false;
    this.#view.prepend(all.slice(from - count, from));
    const excess = Math.max(0, this.#count + count - MOST);
    this.#view.dropLast(excess);
    this.#hold(all, from - count, this.#count + count - excess);
    return true;
  }

  /** Shows more of what comes after. */
  showLater() {
    const [all, from] = [this.#room.messages, this.#from];
    const to = from + this.#count;
    const more = all.slice(to, to + STEP);
    this.#view.append(more);
    const excess = Math.max(0, this.#count + more.length - MOST);
    this.#view.dropFirst(excess);
    this.#hold(all, from + excess, this.#count + more.length - excess);
  }

  showNewest() {
    if (!this.atEnd) this.#show(this.#room.messages.length - MOST + STEP);
  }

  /**
   * Shows a message that the room has, with those around it.
   *
   * @param {number} seq
   */
  showAround(seq) {
    const at = this.#room.messages.findIndex((message) => message.seq === seq);
    const from = this.#from;
    if (at < from || at >= from + this.#count) this.#show(at - MOST / 2);
  }

  clear() {
    this.#view.clear();
    this.#hold([], 0, 0);
  }

  get #from() {
    return this.#room.messages.findIndex(({ seq }) => seq === this.#first);
  }

  /** @param {number} from */
  #show(from) {
    const all = this.#room.messages;
    const begin = Math.max(0, from);
    const shown = all.slice(begin, begin + MOST);
    this.#view.clear();
    this.#view.append(shown);
    this.#hold(all, begin, shown.length);
  }

  #forgetOldest() {
    const all = this.#room.messages;
    this.#view.dropFirst(STEP);
    const from = this.#from + STEP;
    this.#hold(all, from, this.#count - STEP);
    const first = all[from];
    if (first) this.#room.shorten(first);
  }

  /**
   * @param {readonly Message[]} all
   * @param {number} from
   * @param {number} count
   */
  #hold(all, from, count) {
    this.#first = all[from]?.seq ?? 0;
    this.#count = count;
    this.atEnd = from + count >= all.length;
    this.#moved();
  }
}
