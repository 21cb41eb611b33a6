import { once } from "node:events";
import { connect, createServer } from "node:net";

/** A way to a node that can be cut, and lead to another one. */
export class Proxy {
  #server;
  #port;
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();

  /** @param {{port: number}} node where it leads to */
  constructor({ port }) {
    this.#port = port;
    this.#server = createServer((socket) => {
      const onward = connect(this.#port, "127.0.0.1");
      for (const [from, to] of [[socket, onward], [onward, socket]]) {
        this.#sockets.add(from);
        from.on("error", () => {}); // it closes then
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  }

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** @param {{port: number}} node for those who come from now on */
  lead({ port }) {
    this.#port = port;
  }

  /** Breaks all connections. */
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  stop() {
    this.#server.close();
    this.cut();
  }
}
