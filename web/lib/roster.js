/** @import {Connection} from "./connection.js" */
/** @import {Roster as All, Presence, User} from "./protocol.js" */
import { Emitter } from "./emitter.js";

/**
 * Who is in a room. There are no users where there are too many of them to name, nor before it is known.
 *
 * @extends {Emitter<{changed: void}>}
 */
export class Roster extends Emitter {
  count = 0;
  /** @type {Map<string, User> | null} by id */
  users = null;

  /**
   * @param {Connection} connection
   * @param {{name: string}} room
   * @param {AbortSignal} signal ends it
   */
  constructor(connection, room, signal) {
    super();
    connection.on("roster", (event) => event.room === room.name && this.#all(event), signal);
    connection.on("presence", (event) => event.room === room.name && this.#change(event), signal);
    const forget = () => this.#all({ room: room.name, count: 0 });
    connection.on("state", forget, signal); // it comes anew
    connection.on("removed", (event) => event.room === room.name && forget(), signal);
  }

  /** @param {All} event */
  #all({ count, users }) {
    this.count = count;
    this.users = users ? new Map(users.map((user) => [user.id, user])) : null;
    this.emit("changed", undefined);
  }

  /** @param {Presence} event */
  #change({ count, joined = [], changed = [], left = [] }) {
    this.count = count;
    for (const user of [...joined, ...changed]) this.users?.set(user.id, user);
    for (const id of left) this.users?.delete(id);
    this.emit("changed", undefined);
  }
}
