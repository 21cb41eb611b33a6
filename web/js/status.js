/** @import {Connection, State, Stop} from "../lib/connection.js" */
/** @import {Rooms} from "../lib/rooms.js" */
import { why } from "./complaints.js";
import { byId } from "./dom.js";
import { say } from "./words.js";

/** After so many attempts in vain it is probably not for the person at the page to mend. */
const VAIN = 4;
/** Says how the connection is, what waits for it, and which node serves. */
export class Status {
  #element = byId("status", HTMLElement);
  #text = byId("status-text", HTMLElement);
  #wait = byId("status-wait", HTMLElement);
  #retry = byId("status-retry", HTMLButtonElement);
  #node = byId("node", HTMLElement);
  #connection;
  #rooms;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tick;

  /**
   * @param {Connection} connection
   * @param {Rooms} rooms
   */
  constructor(connection, rooms) {
    this.#connection = connection;
    this.#rooms = rooms;
    rooms.on("waiting", () => this.#show());
    connection.on("state", () => this.#show());
    connection.on("trouble", () => this.#show());
    addEventListener("online", () => this.#show());
    addEventListener("offline", () => this.#show());
    this.#retry.addEventListener("click", () => connection.start());
  }

  #show() {
    const { state, transport, troubled } = this.#connection;
    const broken = state.name === "waiting" || state.name === "stopped";
    const offline = state.name === "waiting" && !navigator.onLine;
    this.#element.dataset["transport"] = transport;
    this.#element.dataset["state"] = offline ? "offline" : troubled ? "troubled" : state.name;
    const waiting = broken || troubled ? this.#rooms.waiting : 0; // else it is over before it is read
    const how = offline ? say("status.offline") : troubled ? say("status.troubled") : sentence(state, transport);
    this.#say(waiting ? say("status.with-waiting", { how, n: waiting }) : how);
    this.#retry.hidden = !broken;
    this.#node.textContent = state.name === "open" ? state.welcome.node : "";
    this.#countDown();
  }

  /** @param {string} text */
  #say(text) {
    // Said again, the same would be read out again.
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }

  #countDown() {
    clearTimeout(this.#tick);
    const { state } = this.#connection;
    if (state.name !== "waiting") {
      this.#wait.textContent = "";
      return;
    }
    const seconds = Math.max(1, Math.ceil((state.until - Date.now()) / 1000));
    this.#wait.textContent = say("status.again", { n: seconds });
    this.#tick = setTimeout(() => this.#countDown(), 250);
  }
}

/**
 * Returns what there is to say about a state.
 *
 * @param {State} state
 * @param {"websocket" | "events"} [transport]
 */
export function sentence(state, transport) {
  switch (state.name) {
    case "idle":
      return "";
    case "connecting":
      return say("status.connecting");
    case "open":
      return say(transport === "events" ? "status.open-events" : "status.open");
    case "waiting":
      if (state.vain === 0) return say("status.lost");
      return say(state.vain < VAIN ? "status.vain" : "status.long-in-vain");
    case "stopped":
      return say("status.stopped", { why: reason(state.why) });
  }
}

/** @param {Stop} stop */
function reason(stop) {
  const { code, message } = stop;
  if (typeof code === "string") return why({ ...stop, code });
  if (code === 4501) return say("status.stopped-banned");
  return say("status.stopped-code", { code: [code, message].filter(Boolean).join(" ") });
}
