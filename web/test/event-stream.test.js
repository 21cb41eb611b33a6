import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";

import { carry } from "../lib/event-stream.js";
import { FakeEventSource, pass, settle, startTime, stopTime } from "./fakes.js";

describe("an event stream", () => {
  /** @type {{n: string, body: string, answer: (status: number, headers?: object) => Promise<void>, fail: () => Promise<void>}[]} */
  let posts;
  let socket, received, why;

  beforeEach(() => {
    stopTime();
    FakeEventSource.install();
    posts = [];
    mock.method(globalThis, "fetch", (url, { body }) => new Promise((done, failed) => {
      assert.ok(url.startsWith("http://chat/events/id?n="));
      posts.push({
        n: url.split("=")[1],
        body,
        answer: (status, headers = {}) => {
          done(new Response(null, { status, headers }));
          return settle();
        },
        fail: () => {
          failed(new TypeError("network"));
          return settle();
        },
      });
    }));
    received = [];
    why = undefined;
    socket = { readyState: 0, onopen() {}, onmessage: ({ data }) => received.push(data), onclose: (event) => (why = event) };
    carry(socket, "ws://chat/ws");
    FakeEventSource.last.say("stream", "id");
  });
  afterEach(() => {
    FakeEventSource.uninstall();
    startTime();
  });

  it("brings frames", () => {
    FakeEventSource.last.onmessage({ data: "one\ntwo" });
    assert.deepEqual(received, ["one\ntwo"]);
  });

  it("posts one after the other, and what gathers meanwhile together", async () => {
    for (const frame of ["one", "two", "three"]) socket.send(frame);
    assert.equal(posts.length, 1);
    await posts[0].answer(204);
    assert.deepEqual(posts.map(({ n, body }) => [n, body]), [["1", "one"], ["2", "two\nthree"]]);
  });

  it("makes no frame that is too long of what has gathered", async () => {
    const long = "é".repeat(8000); // 16,000 bytes
    for (const frame of ["one", long, long, "x".repeat(300)]) socket.send(frame);
    for (let i = 0; i < 3; i++) await posts[i].answer(204);
    assert.deepEqual(posts.map(({ body }) => body.length), [3, 8000, 8301]);
  });

  it("repeats what was not answered, under the same number", async () => {
    socket.send("one");
    await posts[0].fail();
    pass(250);
    await settle();
    await posts[1].answer(503);
    pass(500);
    await settle();
    await posts[2].answer(429, { "Retry-After": "3" });
    pass(2999);
    await settle();
    assert.equal(posts.length, 3);
    pass(1);
    await settle();
    await posts[3].answer(204);
    assert.deepEqual(posts.map(({ n, body }) => [n, body]), Array(4).fill(["1", "one"]));
    assert.equal(why, undefined);
  });

  it("answers a ping with an empty post", () => {
    FakeEventSource.last.say("ping", "{}");
    assert.deepEqual(posts.map(({ n, body }) => [n, body]), [["1", ""]]);
  });

  it("ends when the stream is gone", async () => {
    socket.send("one");
    await posts[0].answer(410);
    assert.equal(why.code, 1006);
    assert.ok(FakeEventSource.last.closed);
  });

  it("ends with what the node says, or as a broken connection", () => {
    FakeEventSource.last.say("close", '{"code":4501,"reason":"banned"}');
    assert.deepEqual(why, { code: 4501, reason: "banned" });
    carry(socket, "ws://chat/ws");
    FakeEventSource.last.onerror();
    assert.equal(why.code, 1006);
    assert.equal(socket.readyState, 3);
  });

  it("posts nothing once it is closed", async () => {
    socket.send("one");
    socket.send("two");
    socket.close();
    await posts[0].fail();
    pass(60_000);
    await settle();
    assert.equal(posts.length, 1);
    assert.equal(why, undefined);
  });
});
