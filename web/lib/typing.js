/** @import {Connection} from "./connection.js" */
/** @import {User} from "./protocol.js" */
/** @import {Room} from "./room.js" */
import { Emitter } from "./emitter.js";

/** Who goes on writing says so again after this long: a little before it has expired for the others. */
const AGAIN = 4000;

/**
 * Who is writing something in a room, without oneself.
 *
 * @extends {Emitter<{changed: void}>}
 */
export class Typing extends Emitter {
  /** @type {User[]} the one who began first comes first */
  users = [];

  #connection;
  #room;
  /** @type {Map<string, {user: User, until: number}>} by user id */
  #writing = new Map();
  #said = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;

  /**
   * @param {Connection} connection
   * @param {Room} room
   * @param {AbortSignal} signal ends it
   */
  constructor(connection, room, signal) {
    super();
    this.#connection = connection;
    this.#room = room;
    connection.on("typing", ({ room: where, user, seconds }) => {
      if (where !== room.name || user.id === connection.user?.id) return;
      this.#writing.set(user.id, { user, until: Date.now() + seconds * 1000 });
      this.#look();
    }, signal);
    room.on("message", ({ user }) => {
      if (user.id === connection.user?.id) this.#said = 0; // what comes next is something new
      if (this.#writing.delete(user.id)) this.#look();
    }, signal);
    signal.addEventListener("abort", () => clearTimeout(this.#expiry));
  }

  /** Tells the others that one is writing, unless they know. A signal is not worth more than one try. */
  say() {
    if (!this.#room.joined || Date.now() - this.#said < AGAIN) return;
    this.#said = Date.now();
    this.#connection.command("typing", { room: this.#room.name });
  }

  #look() {
    clearTimeout(this.#expiry);
    const now = Date.now();
    for (const [id, { until }] of this.#writing) if (until <= now) this.#writing.delete(id);
    const writing = [...this.#writing.values()];
    this.users = writing.map(({ user }) => user);
    this.emit("changed", undefined);
    if (writing.length === 0) return;
    this.#expiry = setTimeout(() => this.#look(), Math.min(...writing.map(({ until }) => until)) - now);
  }
}
