// What the browser and a node give to the modules under test.

import { mock } from "node:test";

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  readyState = 0;
  closed = false;
  /** The commands that were sent and not yet taken. */
  sent = [];

  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
  }

  send(frame) {
    this.sent.push(JSON.parse(frame));
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  /** Takes the next command, which has to be of a verb. */
  take(verb) {
    const command = this.sent.shift();
    if (!command || !(verb in command)) throw new Error(`expected ${verb}, got ${JSON.stringify(command)}`);
    return { id: command.id, ...command[verb] };
  }

  accept() {
    this.readyState = 1;
    this.onopen?.();
  }

  /** Brings events, all in one frame. */
  bring(...events) {
    this.onmessage?.({ data: events.map((event) => JSON.stringify(event)).join("\n") });
  }

  /** Ends the connection from the other side. */
  end(code = 1006, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** Accepts, and welcomes a user. */
  welcome(user = { id: "ann", name: "Ann" }) {
    this.accept();
    this.bring({ id: this.take("connect").id, welcome: welcomeFor(user) });
  }
}

/** @param fields that are special to this node, or this moment */
export function welcomeFor(user, fields = {}) {
  return {
    user,
    token: `token of ${user.id}`,
    node: "a",
    limits: { frame_bytes: 16384, text_chars: 4000, name_chars: 40, room_chars: 64, rooms: 100, history: 100 },
    ping_seconds: 25,
    ...fields,
  };
}

/** Opens FakeSockets, and knows the last one. */
export class FakeNetwork {
  sockets = [];

  open = (url, protocol) => {
    const socket = new FakeSocket(url, protocol);
    this.sockets.push(socket);
    return socket;
  };

  get last() {
    return this.sockets.at(-1);
  }
}

/** A Storage in memory. */
export class FakeStorage {
  #map = new Map();

  get length() {
    return this.#map.size;
  }

  key(i) {
    return [...this.#map.keys()][i] ?? null;
  }

  getItem(key) {
    return this.#map.get(key) ?? null;
  }

  setItem(key, value) {
    this.#map.set(key, value);
  }

  removeItem(key) {
    this.#map.delete(key);
  }
}

/** Stops the clock, and makes chance return always the same. */
export function stopTime({ chance = 0.5 } = {}) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 10, 24, 9, 30) });
  mock.method(Math, "random", () => chance);
}

export function startTime() {
  mock.timers.reset();
  mock.restoreAll();
}

export function pass(milliseconds) {
  mock.timers.tick(milliseconds);
}

/** Lets what was promised be done. */
export function settle() {
  return new Promise((done) => setImmediate(done));
}

/** Lets promised things be done until something is so. */
export async function until(condition) {
  for (const late = performance.now() + 60_000; !condition(); ) {
    if (performance.now() > late) throw new Error(`never came: ${condition}`);
    await settle();
  }
}

/** A message of a room's log. */
export function message(seq, fields = {}) {
  return {
    room: "lobby",
    seq,
    id: `id${seq}`,
    key: `key${seq}`,
    user: { id: "bob", name: "Bob" },
    text: `text ${seq}`,
    time: "2026-11-24T09:30:00.123Z",
    ...fields,
  };
}

/** An EventSource whose other end is the test. */
export class FakeEventSource {
  /** @type {FakeEventSource | undefined} */
  static last;
  closed = false;
  #listeners = {};

  static install() {
    FakeEventSource.last = undefined;
    globalThis.EventSource = FakeEventSource;
  }

  static uninstall() {
    delete globalThis.EventSource;
  }

  constructor(url) {
    this.url = url;
    FakeEventSource.last = this;
  }

  addEventListener(name, listener) {
    this.#listeners[name] = listener;
  }

  close() {
    this.closed = true;
  }

  /** Brings an event that has a name. */
  say(name, data) {
    this.#listeners[name]({ data });
  }
}
