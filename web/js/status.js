/** @import {Connection, State, Stop} from "../lib/connection.js" */
import { byId } from "./dom.js";
import { complaint } from "../lib/protocol.js";

/** After so many attempts in vain it is probably not for the person at the page to mend. */
const VAIN = 4;
/** A browser does not tell a page why there is no connection. */
const WHERE_TO_LOOK = "If this stays, whoever runs this service finds the reason in the node's log.";

/** What there is to say when the node is there, and its database is not. */
const TROUBLED = "Connected, but the service can't reach its database. What you send waits.";

/** Says how the connection is, and which node serves. */
export class Status {
  #element = byId("status", HTMLElement);
  #text = byId("status-text", HTMLElement);
  #wait = byId("status-wait", HTMLElement);
  #retry = byId("status-retry", HTMLButtonElement);
  #node = byId("node", HTMLElement);
  #connection;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tick;

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    connection.on("state", () => this.#show());
    connection.on("trouble", () => this.#show());
    addEventListener("online", () => this.#show());
    addEventListener("offline", () => this.#show());
    this.#retry.addEventListener("click", () => connection.start());
  }

  #show() {
    const { state, troubled } = this.#connection;
    const broken = state.name === "waiting" || state.name === "stopped";
    const offline = state.name === "waiting" && !navigator.onLine;
    this.#element.dataset["state"] = offline ? "offline" : troubled ? "troubled" : state.name;
    this.#say(offline ? "You are offline." : troubled ? TROUBLED : sentence(state));
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
    this.#wait.textContent = `Trying again in ${seconds} s`;
    this.#tick = setTimeout(() => this.#countDown(), 250);
  }
}

/**
 * Returns what there is to say about a state.
 *
 * @param {State} state
 */
export function sentence(state) {
  switch (state.name) {
    case "idle":
      return "";
    case "connecting":
      return "Connecting …";
    case "open":
      return "Connected";
    case "waiting":
      if (state.vain === 0) return "Connection lost.";
      return state.vain < VAIN ? "Can't connect." : `Can't connect. ${WHERE_TO_LOOK}`;
    case "stopped":
      return `Not connected: ${reason(state.why)}`;
  }
}

/** @param {Stop} why */
function reason(why) {
  const { code, message } = why;
  if (typeof code === "string") return complaint(why);
  if (code === 4501) return "you were banned from this service.";
  return `the server sent this page away for good (${[code, message].filter(Boolean).join(" ")}).`;
}
