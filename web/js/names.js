/** @import {Connection} from "../lib/connection.js" */
/** @import {Message, User} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */
import { mentions } from "../lib/mentions.js";

/** Whom the messages of a room may name: those who are there, and those who have said something. In lower case. */
export class Names {
  /** @type {Set<string>} */
  names = new Set();

  #connection;
  #room;
  #met;

  /**
   * @param {object} options
   * @param {Connection} options.connection
   * @param {Room} options.room
   * @param {(message: Message) => void} options.met called for messages that name somebody who was not known before
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ connection, room, met, signal }) {
    this.#connection = connection;
    this.#room = room;
    this.#met = met;
    for (const { name } of [...room.messages.map(({ user }) => user), ...this.#here]) this.names.add(name.toLowerCase());
    room.on("joined", () => this.#know(this.#here), signal);
    room.on("message", ({ user }) => this.#know([user]), signal);
    room.on("earlier", (messages) => this.#know(messages.map(({ user }) => user)), signal);
    room.roster.on("changed", () => this.#know(this.#here), signal);
  }

  /** One's own name. */
  get me() {
    return this.#connection.user?.name.toLowerCase() ?? "";
  }

  get #here() {
    const { user } = this.#connection;
    return [...(user ? [user] : []), ...(this.#room.roster.users?.values() ?? [])];
  }

  /** @param {User[]} users */
  #know(users) {
    for (const { name } of users) {
      if (this.names.has(name.toLowerCase())) continue;
      this.names.add(name.toLowerCase());
      for (const message of this.#room.messages) {
        if (message.text && mentions(message.text, name)) this.#met(message);
      }
    }
  }
}
