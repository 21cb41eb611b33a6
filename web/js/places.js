/** @import {Connection} from "../lib/connection.js" */
/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */
/** @import {Rooms} from "../lib/rooms.js" */
import { isDirect, partnerIn } from "../lib/direct.js";
import { Emitter } from "../lib/emitter.js";

/** What happens at once is shown at once: a busy room is not worth a new list for each message. */
const SOON = 50;

/**
 * A room that one is in, or somebody whom one talks to alone.
 *
 * @typedef {object} Place
 * @property {string} name of the room
 * @property {User | null} user whom one talks to there; null in a room for all
 * @property {boolean} here whether that user is seen in one of the rooms that one is in
 * @property {number} unread
 * @property {number} calls how much of that is meant for oneself
 */

/**
 * Where one can go without joining anything: rooms by their names, then those whom one talks to alone, the latest
 * first. There is one order for the list, the finder and the keyboard.
 *
 * Events: `changed` with all of them, when something is to be shown otherwise.
 *
 * @extends {Emitter<{changed: Place[]}>}
 */
export class Places extends Emitter {
  /** The room on the screen. */
  current = "";

  #connection;
  #rooms;
  #mailbox;
  #collator;
  /** @type {Map<string, User>} whom one has begun to talk to, by room */
  #met = new Map();
  /** @type {WeakSet<Room>} */
  #followed = new WeakSet();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;

  /**
   * @param {object} parts
   * @param {Connection} parts.connection
   * @param {Rooms} parts.rooms
   * @param {Mailbox} parts.mailbox
   * @param {string} parts.language in whose order names are
   */
  constructor({ connection, rooms, mailbox, language }) {
    super();
    this.#connection = connection;
    this.#rooms = rooms;
    this.#mailbox = mailbox;
    this.#collator = new Intl.Collator(language, { numeric: true });
    rooms.on("changed", () => {
      this.#follow();
      this.#changed();
    });
    rooms.on("said", () => this.#changed());
    mailbox.on("changed", () => this.#changed());
    this.#follow();
  }

  /** All of them, in their order. */
  get all() {
    return [...this.#forAll(), ...this.#alone()];
  }

  /**
   * Takes note of where one is.
   *
   * @param {string} name
   */
  show(name) {
    this.current = name;
    this.emit("changed", this.all);
  }

  /**
   * Takes note of somebody whom one goes on alone with, before anything was said there.
   *
   * @param {string} room
   * @param {User} user
   */
  meet(room, user) {
    this.#met.set(room, user);
  }

  /**
   * What the other one of a direct room is called, "" as long as that is not known.
   *
   * @param {string} room
   */
  partner(room) {
    const id = partnerIn(room, this.#connection.user?.id) ?? "";
    return this.#seen(id)?.name || this.#mailbox.nameOf(room) || this.#met.get(room)?.name || "";
  }

  /**
   * Returns somebody as they are in one of the rooms that one is in.
   *
   * @param {string} id
   */
  #seen(id) {
    return this.#rooms.all.map(({ roster }) => roster.users?.get(id)).find((user) => user !== undefined);
  }

  /** @returns {Place[]} */
  #forAll() {
    return this.#rooms.all
      .filter(({ name, refusal }) => !isDirect(name) && (!refusal || name === this.current))
      .map((room) => {
        const { count, mentions } = this.#rooms.unread(room);
        return { name: room.name, user: null, here: false, unread: count, calls: mentions };
      })
      .sort((a, b) => this.#collator.compare(a.name, b.name));
  }

  /** @returns {Place[]} */
  #alone() {
    const known = this.#mailbox.rooms.map(({ room, unread }) => this.#place(room, unread));
    // Where nothing was said yet, only this page knows that one is there.
    const begun = [this.current].filter((name) => isDirect(name) && !known.some((place) => place.name === name));
    return [...begun.map((name) => this.#place(name, 0)), ...known];
  }

  /**
   * @param {string} name
   * @param {number} unread
   * @returns {Place}
   */
  #place(name, unread) {
    const id = partnerIn(name, this.#connection.user?.id) ?? "";
    return { name, user: { id, name: this.partner(name) }, here: this.#seen(id) !== undefined, unread, calls: unread };
  }

  #follow() {
    for (const room of this.#rooms.all) {
      if (this.#followed.has(room)) continue;
      this.#followed.add(room);
      for (const event of /** @type {const} */ (["caught-up", "reset", "refused"])) room.on(event, () => this.#changed());
      room.roster.on("changed", () => this.#changed());
    }
  }

  #changed() {
    if (this.#soon) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.emit("changed", this.all);
    }, SOON);
  }
}
