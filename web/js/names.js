/** @import {Connection} from "../lib/connection.js" */
/** @import {Message, User} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */
import { mentions } from "../lib/mentions.js";

/** What the people of a room are called: those who are there, and those who have said something. */
export class Names {
  /** @type {Set<string>} the names that texts may mention, in lower case */
  names = new Set();

  /** @type {Map<string, string>} by id */
  #known = new Map();
  #connection;
  #room;
  #met;

  /**
   * @param {object} options
   * @param {Connection} options.connection
   * @param {Room} options.room
   * @param {(message: Message) => void} options.met called for messages that are about somebody who was not known before
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ connection, room, met, signal }) {
    this.#connection = connection;
    this.#room = room;
    this.#met = met;
    for (const user of [...room.messages.map((message) => message.user), ...this.#here]) this.#add(user);
    room.on("joined", () => this.#know(this.#here), signal);
    room.on("message", ({ user }) => this.#know([user]), signal);
    room.on("earlier", (messages) => this.#know(messages.map(({ user }) => user)), signal);
    room.roster.on("changed", () => this.#know(this.#here), signal);
  }

  /** Who one is oneself. */
  get id() {
    return this.#connection.user?.id ?? "";
  }

  /** One's own name, in lower case. */
  get me() {
    return this.#connection.user?.name.toLowerCase() ?? "";
  }

  /**
   * What somebody is called, as far as is known.
   *
   * @param {string} id
   */
  nameOf(id) {
    return this.#known.get(id);
  }

  get #here() {
    const { user } = this.#connection;
    return [...(user ? [user] : []), ...(this.#room.roster.users?.values() ?? [])];
  }

  /** @param {User} user */
  #add({ id, name }) {
    this.#known.set(id, name);
    this.names.add(name.toLowerCase());
  }

  /** @param {User[]} users */
  #know(users) {
    const fresh = users.filter(({ id, name }) => this.#known.get(id) !== name);
    for (const user of fresh) this.#add(user);
    if (fresh.length === 0) return;
    for (const message of this.#room.messages) {
      const { text = "", reactions = [] } = message;
      if (fresh.some(({ id, name }) => mentions(text, name) || reactions.some((reaction) => reaction.users.includes(id)))) this.#met(message);
    }
  }
}
