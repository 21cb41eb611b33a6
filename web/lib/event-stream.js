/** @import {Socket} from "./transport.js" */
import { Posts } from "./posts.js";

/**
 * Makes a socket of an event stream for what is received, with posts for what is sent. docs/protocol.md has
 * all about it.
 *
 * @param {Socket} socket nothing was sent by it yet
 * @param {string} url a WebSocket's
 */
export function carry(socket, url) {
  const address = eventsOf(url);
  const source = new EventSource(address);
  /** @type {Posts | null} */
  let posts = null;

  /** @param {{code: number, reason: string}} why */
  const end = (why) => {
    socket.close();
    socket.onclose?.(why);
  };
  const broken = () => end({ code: 1006, reason: "" });

  source.addEventListener("stream", ({ data }) => {
    posts = new Posts(`${address}/${data}`, broken);
    socket.readyState = 1;
    socket.onopen?.({});
  });
  source.addEventListener("ping", () => posts?.send(""));
  source.addEventListener("close", ({ data }) => end(JSON.parse(data)));
  source.onmessage = ({ data }) => socket.onmessage?.({ data });
  source.onerror = broken; // before it opens another stream by itself, which would be another session

  socket.send = (frame) => posts?.send(frame);
  socket.close = () => {
    socket.readyState = 3;
    source.close();
    posts?.stop();
  };
}

/**
 * Returns where the event streams of a service are.
 *
 * @param {string} url a WebSocket's
 */
export function eventsOf(url) {
  const address = new URL("events", url);
  address.protocol = address.protocol.replace("ws", "http");
  return address;
}
