/** @import {Connection} from "./connection.js" */
/** @import {Mailbox} from "./mailbox.js" */
/** @import {Message} from "./protocol.js" */
/** @import {Store} from "./store.js" */
import { isDirect } from "./direct.js";
import { Emitter } from "./emitter.js";
import { mentions } from "./mentions.js";
import { Room } from "./room.js";

const KEPT = "chorus.rooms";

/** What is unread in a room that is not looked at: the messages of others, and how many of them name one. */
/** @typedef {{count: number, mentions: number}} Unread */

/**
 * The rooms that one is in. They are kept on this device, so that they are there again when the page is;
 * but not direct ones, which the mailbox knows.
 *
 * Events: `changed` when one was joined or left, or is called otherwise; `said` for each message of somebody else that
 * is new, in whatever room; `waiting` when there is more or less that waits to be sent.
 *
 * @extends {Emitter<{changed: void, said: {room: Room, message: Message}, waiting: void}>}
 */
export class Rooms extends Emitter {
  /** @type {Room[]} in the order in which they were joined */
  all = [];

  #connection;
  #mailbox;
  #store;
  /** @type {Set<Room>} those that one has left while something waited there to be sent: then they are left */
  #leaving = new Set();

  /**
   * @param {Connection} connection
   * @param {Mailbox} mailbox
   * @param {Store} store
   */
  constructor(connection, mailbox, store) {
    super();
    this.#connection = connection;
    this.#mailbox = mailbox;
    this.#store = store;
    mailbox.on("changed", () => this.all.forEach((room) => this.#beginHere(room)));
  }

  /** The names of the rooms that one was in when the page was closed. */
  get kept() {
    try {
      const names = JSON.parse(this.#store.get(KEPT) ?? "[]");
      return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
    } catch {
      return [];
    }
  }

  /** How much is still to be sent, rooms included that one has left. */
  get waiting() {
    return [...this.all, ...this.#leaving].reduce((sum, { outbox }) => sum + outbox.waiting, 0);
  }

  /**
   * Returns the room with a name, if one is in it.
   *
   * @param {string} name
   */
  get(name) {
    return this.all.find((room) => folded(room.name) === folded(name));
  }

  /**
   * Returns a room, joined now or before.
   *
   * @param {string} name
   */
  join(name) {
    const known = this.get(name);
    if (known) return known;
    // A session joins a room once. What waits there is kept by the name it had, and found again.
    const leaving = [...this.#leaving].find((room) => folded(room.name) === folded(name));
    if (leaving) this.#leave(leaving);
    const room = new Room(this.#connection, leaving?.name ?? name, this.#store);
    this.all.push(room);
    this.#follow(room);
    if (!isDirect(name)) this.#keep((names) => [...names, room.name]);
    room.enter();
    this.emit("changed", undefined);
    return room;
  }

  /**
   * Leaves a room, once nothing waits there to be sent.
   *
   * @param {Room} room
   */
  leave(room) {
    this.all = this.all.filter((other) => other !== room);
    this.#keep((names) => names.filter((name) => folded(name) !== folded(room.name)));
    this.#leaving.add(room);
    const leaveIfDone = () => room.outbox.waiting > 0 || this.#leave(room);
    room.outbox.on("put", leaveIfDone);
    room.outbox.on("gone", leaveIfDone);
    room.on("refused", () => this.#leave(room)); // nothing can be sent there
    room.on("removed", () => this.#leave(room));
    leaveIfDone();
    this.emit("changed", undefined);
  }

  /**
   * What is unread in a room; nothing as long as that is not known.
   *
   * @param {Room} room
   * @returns {Unread}
   */
  unread({ name, messages, oldest }) {
    const me = this.#connection.user;
    const mark = this.#mailbox.markOf(name);
    if (!me || !mark || !oldest) return { count: 0, mentions: 0 };
    const fresh = messages.filter(({ seq, user, act }) => seq > mark.seq && user.id !== me.id && !act);
    // Of those before the first that was loaded only the number is known.
    const before = mark.seq > 0 ? Math.max(0, oldest.seq - mark.seq - 1) : 0;
    return { count: fresh.length + before, mentions: fresh.filter(({ text = "" }) => mentions(text, me.name)).length };
  }

  /** @param {Room} room */
  #follow(room) {
    let { name } = room;
    for (const event of /** @type {const} */ (["put", "gone"])) room.outbox.on(event, () => this.emit("waiting", undefined));
    room.on("joined", () => {
      if (room.name === name) return;
      this.#keep((names) => names.map((kept) => (kept === name ? room.name : kept)));
      name = room.name;
      this.emit("changed", undefined);
    });
    room.on("refused", () => this.#keep((names) => names.filter((kept) => kept !== name)));
    room.on("caught-up", () => this.#beginHere(room));
    room.on("reset", () => this.#mailbox.forget(room.name));
    room.on("message", (message) => {
      if (room.caughtUp && message.user.id !== this.#connection.user?.id) this.emit("said", { room, message });
    });
  }

  /**
   * Takes all that was said for read where one has never been: there is nothing that one could have missed.
   *
   * @param {Room} room
   */
  #beginHere({ name, newest, caughtUp }) {
    if (caughtUp && newest && this.#mailbox.known && !this.#mailbox.markOf(name)) this.#mailbox.markRead(name, newest);
  }

  /** @param {(names: string[]) => string[]} change of what all tabs of this browser keep */
  #keep(change) {
    this.#store.set(KEPT, JSON.stringify([...new Set(change(this.kept))]));
  }

  /** @param {Room} room */
  #leave(room) {
    this.#leaving.delete(room);
    room.leave();
  }
}

/**
 * Returns what two spellings of one room's name have in common, as the node folds them.
 *
 * @param {string} name
 */
function folded(name) {
  if (isDirect(name)) return name; // ids are not folded
  return name.normalize("NFKC").toLowerCase();
}
