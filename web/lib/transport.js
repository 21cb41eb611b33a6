import { SUBPROTOCOL } from "./protocol.js";
import { Store, shelf } from "./store.js";

/** So many attempts of a kind in a row come to no answer before the other kind is tried. */
const VAIN = 2;
/** After so long a WebSocket that has not opened is doubted. */
const DOUBT = 3000;
/** For so long an event stream is opened at once, after WebSockets were found not to work. */
const HOUR = 3_600_000;
const UNTIL = "chorus.events-until";

/**
 * What carries frames: a WebSocket, or what looks like one.
 *
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {(frame: string) => void} send
 * @property {() => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 */

/**
 * Chooses what carries frames: WebSockets, until two in a row have come to no answer, and then an event
 * stream. That may as well mean that the nodes were away for a moment, so when the event stream works a
 * WebSocket is tried beside it, and only where that fails the choice is kept, for an hour, by this tab.
 */
export class Transport {
  /** @type {"websocket" | "events"} */
  name = "websocket";

  #url;
  #open;
  #store;
  /** How many attempts in a row came to no answer. */
  #vain = 0;
  /** @type {Socket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #doubt;

  /**
   * @param {object} options
   * @param {string} options.url a WebSocket's
   * @param {(url: string, protocol: string) => Socket} options.open opens a WebSocket
   * @param {Store} [options.store] this tab's
   */
  constructor({ url, open, store = new Store(() => shelf("sessionStorage")) }) {
    this.#url = url;
    this.#open = open;
    this.#store = store;
    if (this.#until > Date.now()) this.name = "events";
  }

  /** Begins an attempt. */
  open() {
    if (this.#until && this.#until <= Date.now()) this.#use("websocket");
    clearTimeout(this.#doubt);
    this.#socket = this.name === "events" ? eventStream(this.#url) : this.#openWebSocket();
    return this.#socket;
  }

  #openWebSocket() {
    const socket = this.#open(this.#url, SUBPROTOCOL);
    // What can't be found out now is so later: the attempt comes to an end of its own.
    if (hasEvents()) this.#doubt = setTimeout(() => this.#giveUp(socket).catch(() => {}), DOUBT);
    return socket;
  }

  /** The attempt has come to an answer. */
  answered() {
    this.#vain = 0;
    if (this.name === "websocket" || this.#until) return;
    this.#store.set(UNTIL, String(Date.now() + HOUR));
    this.#compare().catch(() => {}); // it could not be loaded, so what works is kept
  }

  /** The attempt has ended without one. */
  failed() {
    if (++this.#vain < VAIN || !hasEvents()) return;
    this.#use(this.name === "events" ? "websocket" : "events");
  }

  get #until() {
    return Number(this.#store.get(UNTIL));
  }

  /** @param {"websocket" | "events"} name */
  #use(name) {
    this.name = name;
    this.#vain = 0;
    this.#store.remove(UNTIL);
  }

  /**
   * Ends an attempt that a proxy seems to hold: an event stream comes to an answer meanwhile.
   *
   * @param {Socket} socket
   */
  async #giveUp(socket) {
    const pending = () => socket === this.#socket && socket.readyState === 0;
    if (!pending()) return;
    const { streams } = await import("./probe.js");
    if ((await streams(this.#url)) && pending()) socket.onclose?.({ code: 1006, reason: "" });
  }

  /** Goes back to WebSockets if they work as well. */
  async #compare() {
    const events = this.#socket;
    const { works } = await import("./probe.js");
    if (!(await works(() => this.#open(this.#url, SUBPROTOCOL)))) return;
    this.#use("websocket");
    if (events !== this.#socket) return;
    events?.close();
    events?.onclose?.({ code: 1012, reason: "a WebSocket works" }); // all others notice that now, too
  }
}

function hasEvents() {
  return "EventSource" in globalThis;
}

/**
 * An event stream in the shape of a WebSocket. What it does is loaded when it is needed.
 *
 * @param {string} url
 * @returns {Socket}
 */
function eventStream(url) {
  /** @type {Socket} */
  const socket = {
    readyState: 0,
    send() {},
    close() {
      socket.readyState = 3;
    },
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  import("./event-stream.js").then(
    ({ carry }) => {
      if (socket.readyState === 0) carry(socket, url);
    },
    () => socket.onclose?.({ code: 1006, reason: "" }),
  );
  return socket;
}
