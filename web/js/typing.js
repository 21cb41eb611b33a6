/** @import {Connection} from "../lib/connection.js" */
/** @import {Room} from "../lib/room.js" */

/** Who goes on writing says so again after this long: a little before it has expired for the others. */
const AGAIN = 4000;
/** Up to so many people are named. */
const NAMED = 2;

/** Says who is writing something, and tells the others when one is oneself. */
export class Typing {
  #connection;
  #room;
  #element;
  /** @type {Map<string, {name: string, until: number}>} by user id */
  #writing = new Map();
  #said = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;

  /**
   * @param {object} options
   * @param {Connection} options.connection
   * @param {Room} options.room
   * @param {HTMLElement} options.element where it is shown
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ connection, room, element, signal }) {
    this.#connection = connection;
    this.#room = room;
    this.#element = element;
    connection.on("typing", (event) => {
      if (event.room !== room.name || event.user.id === connection.user?.id) return;
      this.#writing.set(event.user.id, { name: event.user.name, until: Date.now() + event.seconds * 1000 });
      this.#show();
    }, signal);
    room.on("message", ({ user }) => {
      if (user.id === connection.user?.id) this.#said = 0; // what comes next is something new
      if (this.#writing.delete(user.id)) this.#show();
    }, signal);
    signal.addEventListener("abort", () => {
      this.#writing.clear();
      this.#show();
    });
    this.#show();
  }

  /** Tells the others, unless they know. A signal is not worth more than one try. */
  say() {
    if (!this.#room.joined || Date.now() - this.#said < AGAIN) return;
    this.#said = Date.now();
    this.#connection.command("typing", { room: this.#room.name });
  }

  #show() {
    clearTimeout(this.#expiry);
    const now = Date.now();
    for (const [id, { until }] of this.#writing) if (until <= now) this.#writing.delete(id);
    const people = [...this.#writing.values()];
    this.#element.textContent = sentence(people.map(({ name }) => name));
    if (people.length === 0) return;
    this.#expiry = setTimeout(() => this.#show(), Math.min(...people.map(({ until }) => until)) - now);
  }
}

const list = new Intl.ListFormat("en", { type: "conjunction" });

/** @param {string[]} names */
function sentence(names) {
  if (names.length === 0) return "";
  if (names.length > NAMED) return "Several people are writing …";
  return `${list.format(names)} ${names.length === 1 ? "is" : "are"} writing …`;
}
