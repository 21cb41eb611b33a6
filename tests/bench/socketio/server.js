// A small chat server with Socket.IO and its Redis adapter, to measure beside Chorus: rooms, messages and
// acknowledgements as its documentation shows them, and a number on each message of a room so that the load
// generator finds what is lost. The numbers are this process's own, so it is measured with one node.
//
// node server.js PORT REDIS_URL

import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, url] = process.argv.slice(2);
const pub = createClient({ url });
const sub = pub.duplicate();
await Promise.all([pub.connect(), sub.connect()]);

const http = createServer();
const io = new Server(http, { adapter: createAdapter(pub, sub), transports: ["websocket"] });
/** The number of each room's newest message. */
const heads = new Map();

io.on("connection", (socket) => {
  socket.on("join", async ({ room }, answer) => {
    await socket.join(room);
    answer({ seq: heads.get(room) ?? 0 });
  });
  socket.on("send", ({ room, text }, answer) => {
    const seq = (heads.get(room) ?? 0) + 1;
    heads.set(room, seq);
    io.to(room).emit("message", { seq, text });
    answer({ seq });
  });
});
http.listen(Number(port), "127.0.0.1");
