/** @import {Answers, Commands, Pushed, Refusal, User, Verb, Welcome} from "./protocol.js" */
/** @import {Credentials, Identified} from "./identity.js" */
/** @import {Socket} from "./transport.js" */
import { backoff } from "./backoff.js";
import { Clock } from "./clock.js";
import { Emitter } from "./emitter.js";
import { ChorusError } from "./error.js";
import { frameOf } from "./frame.js";
import { Liveness } from "./liveness.js";
import { Pending, settle } from "./pending.js";
import { DEFAULT_LIMITS, LOST, PERSISTENT, PUSHED, mayReconnect } from "./protocol.js";
import { Transport } from "./transport.js";

/** After this long a connection counts as good, and the next wait is a short one again. */
const STEADY = 10_000;
/** A node that is stopping sends everybody away at once: come back spread over this time. */
const SPREAD = 3000;

/**
 * Why there will be no further attempt. The code is an error's or a close code.
 *
 * @typedef {{code: string | number, message: string, field?: string | undefined}} Stop
 */

/**
 * While waiting, `vain` is how many attempts were made if none has ever succeeded, else 0.
 *
 * @typedef {{name: "idle"}
 *   | {name: "connecting"}
 *   | {name: "open", welcome: Welcome}
 *   | {name: "waiting", until: number, vain: number}
 *   | {name: "stopped", why: Stop}} State
 */

/**
 * A connection to whatever node answers, made again whenever it breaks. It knows nothing of
 * rooms and of the page.
 *
 * Answers are given to callbacks, not promises: a frame may hold an answer and the events that
 * follow it, and they have to be seen in this order.
 *
 * @extends {Emitter<{state: State, trouble: boolean} & Pushed>}
 */
export class Connection extends Emitter {
  /** @type {State} */
  state = { name: "idle" };
  /** Whether the node that answers can't do its work now: its database is away. */
  troubled = false;
  /** @type {User | null} this session's user, or that of the last one; null before there was one */
  user = null;
  /** The service's clock. */
  clock = new Clock();

  #identity;
  #transport;
  /** @type {Socket | null} */
  #socket = null;
  #pending = new Pending();
  #attempt = 0;
  /** When the connection was last opened, 0 if it never was. */
  #openSince = 0;
  #vain = 0;
  /** After how long without a frame to ask whether the node is there, in milliseconds. */
  #silence = 25_000;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** Whether the node has said that it closes its sessions one after the other. */
  #paced = false;
  #liveness = new Liveness(
    () => this.command("ping", {}),
    () => this.#lost(1006, ""),
  );

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {Identified} options.identity
   * @param {(url: string, protocol: string) => Socket} [options.open] opens a WebSocket
   */
  constructor({ url, identity, open = (to, protocol) => new WebSocket(to, protocol) }) {
    super();
    this.#identity = identity;
    this.#transport = new Transport({ url, open });
  }

  /** Whether commands can be given. */
  get isOpen() {
    return this.state.name === "open";
  }

  /** What carries it: WebSockets, or an event stream where they don't work. */
  get transport() {
    return this.#transport.name;
  }

  /** The limits of the node. */
  get limits() {
    return this.state.name === "open" ? this.state.welcome.limits : DEFAULT_LIMITS;
  }

  /** Connects, at once and anew, as who the identity says. */
  start() {
    this.#detach();
    this.#attempt = 0;
    this.#connect();
  }

  /** Ends it, until it is started again. */
  stop() {
    this.#detach();
    this.#become({ name: "idle" });
  }

  /** Tries now instead of later, or makes sure that the connection still works. */
  wake() {
    if (this.state.name === "waiting") this.#connect();
    else if (this.isOpen) this.command("ping", {});
  }

  /**
   * Gives a command. Exactly one of the callbacks is called, later.
   *
   * @template {Verb} V
   * @param {V} verb
   * @param {Commands[V]} fields
   * @param {(answer: Answers[V]) => void} [done]
   * @param {(refusal: Refusal) => void} [failed]
   */
  command(verb, fields, done = () => {}, failed = () => {}) {
    const socket = this.#socket;
    if (socket?.readyState !== 1) {
      queueMicrotask(() => failed(LOST));
      return;
    }
    const id = this.#pending.add({ verb, done, failed });
    const frame = frameOf(id, verb, fields, this.limits.frame_bytes);
    if (frame === null) {
      this.#pending.take({ id }); // the node would close the connection for it
      queueMicrotask(() => failed({ code: "bad_request", message: "This is too long.", retryable: false }));
      return;
    }
    this.#liveness.asked();
    socket.send(frame);
  }

  /**
   * Gives a command, where what it answers may be seen after events that follow it.
   *
   * @template {Verb} V
   * @param {V} verb
   * @param {Commands[V]} fields
   * @returns {Promise<Answers[V]>} rejected with a ChorusError
   */
  ask(verb, fields) {
    return new Promise((done, failed) => {
      this.command(verb, fields, done, (refusal) => failed(new ChorusError(refusal)));
    });
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#paced = false;
    const socket = this.#transport.open();
    socket.onopen = () => this.#introduce();
    socket.onmessage = (event) => this.#read(event.data);
    socket.onclose = (event) => this.#lost(event.code, event.reason);
    this.#socket = socket;
    this.#liveness.asked(); // an address that does not answer is given up on in time as well
    this.#become({ name: "connecting" });
  }

  #introduce() {
    const socket = this.#socket;
    const known = this.#identity.credentials();
    if (!(known instanceof Promise)) {
      this.#connectAs(known);
      return;
    }
    // It may have been given up meanwhile: a node does not wait long.
    known.then(
      (credentials) => socket === this.#socket && this.#connectAs(credentials),
      (error) => socket === this.#socket && this.#refused(error),
    );
  }

  /** @param {Credentials} credentials */
  #connectAs(credentials) {
    const asked = Date.now();
    this.command(
      "connect",
      credentials,
      (welcome) => {
        this.#identity.welcomed(welcome);
        this.#openSince = Date.now();
        if (welcome.time) this.clock.set(welcome.time, asked);
        this.#silence = welcome.ping_seconds * 1000;
        this.user = welcome.user;
        this.#become({ name: "open", welcome });
      },
      (refusal) => {
        if (refusal.code === "lost") return;
        const { token } = credentials;
        if (refusal.code === "unauthorized" && token && this.#identity.dropToken(token)) this.#introduce();
        else this.#refused(refusal);
      },
    );
  }

  /** @param {Refusal} refusal why one was not let in */
  #refused(refusal) {
    this.#detach();
    if (refusal.retryable) this.#wait(Math.max(refusal.retry_after_ms ?? 0, backoff(this.#attempt++)));
    else this.#become({ name: "stopped", why: refusal });
  }

  /** @param {string} frame one object on each line */
  #read(frame) {
    this.#liveness.heard(this.#silence);
    this.#transport.answered();
    for (const line of frame.split("\n")) {
      if (line !== "") this.#take(JSON.parse(line));
    }
  }

  /** @param {any} event */
  #take(event) {
    const pushed = event.id ? undefined : PUSHED.find((field) => field in event);
    if (pushed === "message") this.#note(false); // what was said has come through the database
    if (pushed) this.emit(pushed, event[pushed]);
    else if (event.draining) this.#paced = true;
    else this.#answer(event);
  }

  /** @param {any} event */
  #answer(event) {
    const command = this.#pending.take(event);
    if (!command) {
      if (event.error) console.warn("The node could not read a command:", event.error.message);
      return;
    }
    if (PERSISTENT.has(command.verb)) this.#note(event.error?.code === "unavailable");
    settle(command, event);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    if (this.state.name === "connecting") this.#transport.failed();
    if (this.isOpen && Date.now() - this.#openSince >= STEADY) this.#attempt = 0;
    const paced = this.#paced;
    this.#detach();
    if (!mayReconnect(code)) this.#become({ name: "stopped", why: { code, message: reason } });
    else if (code === 1012) this.#wait(paced ? 0 : Math.random() * SPREAD);
    else this.#wait(backoff(this.#attempt++));
  }

  /** @param {number} delay */
  #wait(delay) {
    this.#retry = setTimeout(() => this.#connect(), delay);
    this.#vain = this.#openSince ? 0 : this.#vain + 1;
    this.#become({ name: "waiting", until: Date.now() + delay, vain: this.#vain });
  }

  /**
   * Lets go of the connection without waiting for its end, which may take minutes when the
   * network is gone.
   */
  #detach() {
    clearTimeout(this.#retry);
    this.#liveness.stop();
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.state = { name: "idle" };
    this.#pending.lose();
  }

  /** @param {boolean} troubled */
  #note(troubled) {
    if (troubled === this.troubled) return;
    this.troubled = troubled;
    this.emit("trouble", troubled);
  }

  /** @param {State} state */
  #become(state) {
    this.#note(false); // another node, or another time
    this.state = state;
    this.emit("state", state);
  }
}
