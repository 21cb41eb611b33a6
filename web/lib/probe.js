/** @import {Socket} from "./transport.js" */
import { eventsOf } from "./event-stream.js";

/** How long either may take to come to an answer, in milliseconds. */
const PATIENCE = 5000;

/**
 * Finds out whether a WebSocket comes to an answer: there are proxies that open it and carry nothing.
 *
 * @param {() => Socket} open
 * @returns {Promise<boolean>}
 */
export function works(open) {
  return new Promise((found) => {
    const socket = open();
    const finish = (/** @type {boolean} */ working) => {
      clearTimeout(tooLate);
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      found(working);
    };
    const tooLate = setTimeout(() => finish(false), PATIENCE);
    socket.onopen = () => socket.send('{"id":1,"ping":{}}'); // the node refuses it, which is an answer
    socket.onmessage = () => finish(true);
    socket.onclose = () => finish(false);
  });
}

/**
 * Finds out whether an event stream comes to an answer.
 *
 * @param {string} url a WebSocket's
 * @returns {Promise<boolean>}
 */
export function streams(url) {
  return new Promise((found) => {
    const source = new EventSource(eventsOf(url));
    const finish = (/** @type {boolean} */ working) => {
      clearTimeout(tooLate);
      source.close();
      found(working);
    };
    const tooLate = setTimeout(() => finish(false), PATIENCE);
    source.addEventListener("stream", () => finish(true));
    source.onerror = () => finish(false);
  });
}
