import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { sentence } from "../js/status.js";
import { Store } from "../lib/store.js";
import { FakeEventSource, FakeNetwork, FakeStorage, message, pass, settle, startTime, stopTime, welcomeFor } from "./fakes.js";

describe("Connection", () => {
  let storage, network, identity, connection;

  beforeEach(() => {
    stopTime();
    storage = new FakeStorage();
    network = new FakeNetwork();
    identity = new Identity(new Store(() => storage));
    identity.rename("Ann");
    connection = new Connection({ url: "ws://chat/ws", identity, open: network.open });
  });
  afterEach(startTime);

  const open = () => {
    connection.start();
    network.last.welcome();
  };

  it("speaks chorus.v1, and connects with the name at first and with the token later", () => {
    connection.start();
    assert.equal(network.last.protocol, "chorus.v1");
    network.last.accept();
    const first = network.last.take("connect");
    assert.deepEqual(first, { id: 1, name: "Ann" });
    network.last.bring({ id: 1, welcome: welcomeFor({ id: "ann", name: "Ann" }) });
    assert.equal(connection.state.name, "open");
    assert.equal(connection.user.id, "ann");

    network.last.end();
    pass(1000);
    network.last.accept();
    const second = network.last.take("connect");
    assert.equal(second.token, "token of ann");
  });

  it("becomes a new user when the token is not valid any more", () => {
    open();
    network.last.end();
    pass(1000);
    network.last.accept();
    const { id } = network.last.take("connect");
    network.last.bring({ id, error: { code: "unauthorized", message: "no", retryable: false } });
    assert.deepEqual(Object.keys(network.last.take("connect")), ["id", "name"]);
  });

  it("takes the token that another tab was given instead of one that is not valid any more", () => {
    open();
    network.last.end();
    pass(1000);
    network.last.accept();
    const { id } = network.last.take("connect");
    new Identity(new Store(() => storage)).welcomed(welcomeFor({ id: "ann2", name: "Ann" }));
    network.last.bring({ id, error: { code: "unauthorized", message: "no", retryable: false } });
    assert.equal(network.last.take("connect").token, "token of ann2");
  });

  it("stops when its name is refused, and says why", () => {
    connection.start();
    network.last.accept();
    const { id } = network.last.take("connect");
    const error = { code: "bad_request", message: "connect.name: is missing", field: "connect.name", retryable: false };
    network.last.bring({ id, error });
    assert.deepEqual(connection.state, { name: "stopped", why: error });
    assert.ok(network.last.closed);
    pass(3_600_000);
    assert.equal(network.sockets.length, 1);
  });

  it("waits longer after each failure, up to 30 seconds, with full jitter", () => {
    connection.start();
    const waits = [];
    for (let i = 0; i < 9; i++) {
      network.last.end();
      assert.equal(connection.state.name, "waiting");
      const wait = connection.state.until - Date.now();
      waits.push(wait);
      pass(wait);
    }
    // Chance is always one half here.
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  });

  it("tells a node that was never there from one that is lost", () => {
    const said = () => sentence(connection.state);
    connection.start();
    for (let i = 0; i < 3; i++) {
      network.last.end();
      assert.equal(said(), "Can't connect.");
      pass(30_000);
    }
    connection.start(); // the person tries, too
    network.last.end();
    assert.match(said(), /^Can't connect\. If this stays, .* the node's log\.$/);
    pass(30_000);
    network.last.welcome();
    for (let i = 0; i < 9; i++) {
      network.last.end();
      assert.equal(said(), "Connection lost.");
      pass(30_000);
    }
  });

  it("begins with short waits again only after a connection has lasted", () => {
    const wait = () => connection.state.until - Date.now();
    open();
    network.last.end();
    assert.equal(wait(), 250);
    pass(250);
    network.last.welcome();
    network.last.end(1011);
    assert.equal(wait(), 500, "a node that sends everybody away is not asked all the time");
    pass(500);
    network.last.welcome();
    pass(10_000);
    network.last.end();
    assert.equal(wait(), 250);
  });

  it("comes back after a shutdown within three seconds", () => {
    open();
    network.last.end(1012, "shutdown");
    assert.equal(connection.state.until - Date.now(), 1500);
  });

  it("comes back at once when the node has said when it will close", () => {
    open();
    network.last.bring({ draining: { reconnect_ms: 1200 } });
    assert.equal(connection.state.name, "open");
    network.last.end(1012, "shutdown");
    pass(0);
    assert.equal(network.sockets.length, 2);
    open();
    network.last.end(1012, "shutdown"); // another node, that has said nothing
    assert.equal(connection.state.until - Date.now(), 1500);
  });

  for (const code of [1002, 1003, 1007, 1009, 4500, 4999]) {
    it(`gives up after ${code}`, () => {
      open();
      network.last.end(code, "reason");
      assert.deepEqual(connection.state, { name: "stopped", why: { code, message: "reason" } });
      pass(3_600_000);
      assert.equal(network.sockets.length, 1);
    });
  }

  for (const code of [1000, 1001, 1006, 1011, 1012, 4000, 4001, 4499, 5000]) {
    it(`comes back after ${code}`, () => {
      open();
      network.last.end(code);
      assert.equal(connection.state.name, "waiting");
    });
  }

  it("tries at once when there is reason to", () => {
    connection.start();
    network.last.end();
    connection.wake();
    assert.equal(network.sockets.length, 2);
    assert.equal(connection.state.name, "connecting");
    pass(250);
    assert.equal(network.sockets.length, 2, "the wait that was cut short is over");
  });

  it("asks after a silence, and gives up a connection that stays silent", () => {
    open();
    pass(24_999);
    assert.equal(network.last.sent.length, 0);
    pass(1);
    const { id } = network.last.take("ping");
    network.last.bring({ id, pong: {} });
    pass(20_000);
    network.last.bring({ message: message(1) });
    pass(20_000);
    assert.equal(network.last.sent.length, 0, "any event is a sign of life");
    pass(5000);
    network.last.take("ping");
    pass(9999);
    assert.equal(connection.state.name, "open");
    const silent = network.last;
    pass(1);
    assert.equal(connection.state.name, "waiting");
    assert.ok(silent.closed);
  });

  it("gives up an address that does not answer", () => {
    connection.start();
    pass(10_000);
    assert.equal(connection.state.name, "waiting");
  });

  it("goes by an event stream when WebSockets open, and bring nothing", () => {
    FakeEventSource.install();
    try {
      connection.start();
      for (let i = 0; i < 2; i++) {
        assert.equal(connection.transport, "websocket");
        network.last.accept();
        pass(10_000);
        assert.equal(connection.state.name, "waiting");
        pass(500);
      }
      assert.equal(connection.transport, "events");
      assert.equal(network.sockets.length, 2);
      assert.equal(sentence({ name: "open" }, connection.transport), "Connected, by event stream");
      connection.stop();
    } finally {
      FakeEventSource.uninstall();
    }
  });

  it("matches answers by id, in the order of the frame", () => {
    open();
    const heard = [];
    connection.command("join", { room: "lobby" }, () => heard.push("joined"));
    connection.command("leave", { room: "attic" }, undefined, ({ code }) => heard.push(code));
    connection.on("message", ({ seq }) => heard.push(seq));
    const [join, leave] = [network.last.take("join"), network.last.take("leave")];
    network.last.bring(
      { message: message(1) },
      { id: leave.id, error: { code: "not_joined", message: "no", retryable: false } },
      { typing: { room: "lobby" } },
      { id: join.id, joined: { room: "lobby", head: { seq: 0, id: "" } } },
      { message: message(2) },
    );
    assert.deepEqual(heard, [1, "not_joined", "joined", 2]);
  });

  it("fails what was not answered when the connection breaks", () => {
    open();
    const codes = [];
    connection.command("ping", {}, undefined, ({ code }) => codes.push(code));
    network.last.end();
    assert.deepEqual(codes, ["lost"]);
  });

  it("says when the node can't do its work, until it can", () => {
    open();
    const told = [];
    connection.on("trouble", (troubled) => told.push(troubled));
    const away = { code: "unavailable", message: "no", retryable: true };
    const answer = (verb, answered) => network.last.bring({ id: network.last.take(verb).id, ...answered });
    connection.command("typing", { room: "lobby" });
    answer("typing", { error: away }); // nobody asks that again, so nothing would end the trouble
    for (const error of [away, away]) {
      connection.command("send", { room: "lobby", key: "k", text: "hi" });
      answer("send", { error });
    }
    connection.command("ping", {});
    answer("ping", { pong: {} });
    assert.deepEqual(told, [true]);
    connection.command("join", { room: "attic" });
    answer("join", { joined: { room: "attic", head: { seq: 0, id: "" } } });
    assert.deepEqual(told, [true, false]);
  });

  it("says that the node can work again when somebody is heard", () => {
    open();
    const told = [];
    connection.on("trouble", (troubled) => told.push(troubled));
    connection.command("send", { room: "lobby", key: "k", text: "hi" });
    network.last.bring({ id: network.last.take("send").id, error: { code: "unavailable", message: "no", retryable: true } });
    network.last.bring({ message: { room: "lobby", seq: 1, id: "a", key: "k", user: { id: "ann", name: "Ann" }, text: "hi", time: "" } });
    assert.deepEqual(told, [true, false]);
  });

  it("sends only text that is text, and no frame over the limit", async () => {
    open();
    connection.command("send", { room: "lobby", key: "k", text: "half \ud83d of a pair, 😀 a whole one" });
    assert.equal(network.last.take("send").text, "half \ufffd of a pair, 😀 a whole one");
    const codes = [];
    connection.command("send", { room: "lobby", key: "k", text: "x".repeat(17_000) }, undefined, ({ code }) => codes.push(code));
    await settle();
    assert.deepEqual(codes, ["bad_request"]);
    assert.equal(network.last.sent.length, 0);
  });
});
