// What a page needs of this library, as docs/client.md describes it.

/** @import {State} from "./connection.js" */
/** @import {TokenSource} from "./tokens.js" */
/** @import {Socket} from "./transport.js" */
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Everywhere } from "./everywhere.js";
import { Identity } from "./identity.js";
import { Mailbox } from "./mailbox.js";
import { followPage } from "./page-life.js";
import { Rooms } from "./rooms.js";
import { Store } from "./store.js";
import { Tokens } from "./tokens.js";

export { ChorusError } from "./error.js";
export { Store } from "./store.js";

/**
 * A client of Chorus: the connection of a user, the rooms that they are in, and their mailbox.
 *
 * Events: `state` with how the connection is, whenever that changes; `trouble` with whether the service
 * can't do its work for now.
 *
 * @extends {Emitter<{state: State, trouble: boolean}>}
 */
export class Chorus extends Emitter {
  #guest;
  #tokens;
  #stopped = new AbortController();

  /**
   * @param {object} [options]
   * @param {string | URL} [options.url] where the service is; without it, where this module comes from
   * @param {string} [options.name] what a guest is called; without it as the last time
   * @param {string | TokenSource} [options.token] says who one is, where that is no guest
   * @param {Store} [options.store] keeps what is to outlast the page
   * @param {(url: string, protocol: string) => Socket} [options.open] opens a WebSocket in another way
   */
  constructor({ url = new URL("/", import.meta.url), name, token, store = new Store(), open } = {}) {
    super();
    this.#guest = new Identity(store);
    if (name && name !== this.name) this.#guest.rename(name);
    this.#tokens = token === undefined ? null : new Tokens(typeof token === "string" ? () => token : token);
    /** What all this goes over; for commands that have no method here. */
    this.connection = new Connection({ url: socketOf(url), identity: this.#tokens ?? this.#guest, ...(open && { open }) });
    this.#tokens?.follow(this.connection);
    /** Whom one talks to alone, and how far one has read. */
    this.mailbox = new Mailbox(this.connection);
    /** The rooms that one is in. */
    this.rooms = new Rooms(this.connection, this.mailbox, store);
    /** What holds in all rooms. */
    this.everywhere = new Everywhere(this.connection);
    this.connection.on("state", (state) => this.emit("state", state));
    this.connection.on("trouble", (troubled) => this.emit("trouble", troubled));
  }

  /** How the connection is. */
  get state() {
    return this.connection.state;
  }

  /** What carries it: "websocket", or "events" where WebSockets don't work. */
  get transport() {
    return this.connection.transport;
  }

  /** Who one is, or was while there was a connection; null before the first one. */
  get user() {
    return this.connection.user;
  }

  /** The service's clock. */
  get clock() {
    return this.connection.clock;
  }

  /** What a guest is called, or wants to be; "" where that is not known yet. */
  get name() {
    return this.#guest.name;
  }

  /** Connects, and again whenever the connection breaks. */
  start() {
    this.#stopped.abort();
    this.#stopped = new AbortController();
    followPage({ wake: () => this.wake(), leave: () => this.mailbox.tellMarks() }, this.#stopped.signal);
    this.#tokens?.forget();
    this.connection.start();
  }

  /** Ends the connection. Rooms stay as they are, and go on from there with the next start. */
  stop() {
    this.#stopped.abort();
    this.connection.stop();
  }

  /** Looks whether the connection still works, or tries at once. It is done whenever there may be a reason. */
  wake() {
    this.connection.wake();
  }

  /**
   * Returns a room, joined now or before. It is joined as soon as there is a connection.
   *
   * @param {string} name
   */
  join(name) {
    return this.rooms.join(name);
  }

  /**
   * Connects under another name, as the same guest.
   *
   * @param {string} name
   */
  rename(name) {
    this.#guest.rename(name);
    this.start();
  }

  /** Goes back to the name before one that no node has taken. */
  keepName() {
    this.#guest.keepName();
    if (this.state.name === "stopped") this.start();
  }
}

/**
 * Returns the address of a service's WebSocket.
 *
 * @param {string | URL} service its address, or that of its WebSocket
 */
function socketOf(service) {
  const url = new URL(service);
  if (url.protocol.startsWith("ws")) return url.href;
  const socket = new URL("ws", url);
  socket.protocol = url.protocol.replace("http", "ws");
  return socket.href;
}
