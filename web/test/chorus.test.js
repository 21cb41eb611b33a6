import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Chorus, Store } from "../lib/chorus.js";
import { FakeNetwork, FakeStorage, message, pass, settle, startTime, stopTime, welcomeFor } from "./fakes.js";

describe("Chorus", () => {
  let network, storage;

  beforeEach(() => {
    stopTime();
    network = new FakeNetwork();
    storage = new FakeStorage();
  });
  afterEach(startTime);

  const client = (options = {}) => new Chorus({ url: "https://chat.example", store: new Store(() => storage), open: network.open, ...options });
  const unauthorized = { code: "unauthorized", message: "no", retryable: false };
  /** What it connects with, once that is known. */
  const connecting = async () => {
    network.last.accept();
    await settle();
    return network.last.take("connect");
  };
  const welcome = ({ id }, fields) => network.last.bring({ id, welcome: welcomeFor({ id: "ann", name: "Ann" }, fields) });

  it("finds the WebSocket of a service", () => {
    for (const [url, socket] of [
      ["https://chat.example", "wss://chat.example/ws"],
      ["http://localhost:8080/", "ws://localhost:8080/ws"],
      ["https://example.com/chat/", "wss://example.com/chat/ws"],
      [new URL("wss://chat.example/elsewhere"), "wss://chat.example/elsewhere"],
    ]) {
      client({ url }).start();
      assert.equal(network.last.url, socket);
    }
  });

  it("is a guest with a name, and in rooms", async () => {
    const chorus = client({ name: "Ann" });
    const states = [];
    chorus.on("state", ({ name }) => states.push(name));
    chorus.start();
    const tea = chorus.join("tea");
    const connect = await connecting();
    assert.equal(connect.name, "Ann");
    welcome(connect);
    const { id } = network.last.sent.find(({ join }) => join);
    const heard = [];
    tea.on("message", ({ text }) => heard.push(text));
    network.last.bring({ id, joined: { room: "tea", head: { seq: 1, id: "id1" } } }, { message: message(1, { room: "tea" }) });
    assert.deepEqual(heard, ["text 1"]);
    network.last.sent = [];
    tea.send("hello");
    assert.equal(network.last.take("send").text, "hello");

    chorus.stop();
    assert.ok(network.last.closed);
    assert.ok(!tea.joined);
    pass(60_000);
    assert.equal(network.sockets.length, 1);
    assert.deepEqual(states, ["connecting", "open", "idle"]);
    assert.equal(client({ name: "Ann" }).name, "Ann");
    assert.equal(client().name, "Ann", "it is kept");
  });

  it("goes back to the name before where a new one is refused", async () => {
    const chorus = client({ name: "Ann" });
    chorus.start();
    welcome(await connecting());
    chorus.rename("?");
    const { id } = await connecting();
    network.last.bring({ id, error: { code: "bad_request", message: "connect.name: no", field: "connect.name", retryable: false } });
    assert.equal(chorus.state.name, "stopped");
    chorus.keepName();
    assert.equal((await connecting()).name, "Ann");
  });

  it("shows the token of a product, and asks for a fresh one when that is refused", async () => {
    let asked = 0;
    const chorus = client({ token: async () => `token ${++asked}` });
    chorus.start();
    let connect = await connecting();
    assert.deepEqual(connect, { id: connect.id, token: "token 1" });
    welcome(connect);
    network.last.end();
    pass(1000);
    connect = await connecting();
    assert.equal(connect.token, "token 1", "it is good until it is refused");
    network.last.bring({ id: connect.id, error: unauthorized });
    await settle();
    connect = network.last.take("connect");
    assert.equal(connect.token, "token 2");
    welcome(connect);
    assert.equal(chorus.user.id, "ann");
    chorus.start();
    assert.equal((await connecting()).token, "token 3", "somebody may have signed in");
  });

  it("gives up when a fresh token is refused as well, or nobody is signed in", async () => {
    for (const token of ["forged", () => null]) {
      const chorus = client({ token });
      chorus.start();
      network.last.accept();
      await settle();
      for (const { id } of network.last.sent) network.last.bring({ id, error: unauthorized });
      await settle();
      for (const { id } of network.last.sent.slice(1)) network.last.bring({ id, error: unauthorized });
      assert.equal(chorus.state.name, "stopped");
      assert.equal(chorus.state.why.code, "unauthorized");
    }
  });

  it("asks again later when there is no token for now", async () => {
    let away = true;
    const chorus = client({
      token: async () => {
        if (away) throw new Error("503");
        return "token";
      },
    });
    chorus.start();
    network.last.accept();
    await settle();
    assert.equal(chorus.state.name, "waiting");
    away = false;
    pass(250);
    assert.equal((await connecting()).token, "token");
  });

  it("gives a node a fresh token when it asks for one", async () => {
    let asked = 0;
    client({ token: () => `token ${++asked}` }).start();
    welcome(await connecting());
    network.last.sent = [];
    network.last.bring({ refresh: { seconds: 30 } });
    await settle();
    assert.equal(network.last.take("refresh").token, "token 2");
  });

  it("does not connect with a token that comes too late", async () => {
    let give;
    const chorus = client({ token: () => new Promise((done) => (give = done)) });
    chorus.start();
    network.last.accept();
    network.last.end(4000, "connect_timeout");
    pass(250);
    const [first, second] = network.sockets;
    second.accept();
    give("token");
    await settle();
    assert.equal(first.sent.length, 0);
    assert.equal(second.take("connect").token, "token", "what was asked for then is of use now");
  });

  it("knows the time of the service", async () => {
    const chorus = client({ name: "Ann" });
    const off = () => chorus.clock.now().getTime() - Date.now();
    assert.equal(off(), 0);
    for (const [minutes, expected] of [[90, 90 * 60_000 - 100], [-60, -60 * 60_000 - 100]]) {
      chorus.start();
      const connect = await connecting();
      const time = new Date(Date.now() + minutes * 60_000).toISOString();
      pass(200); // there and back
      welcome(connect, { time });
      assert.equal(off(), expected);
    }
    chorus.start();
    const connect = await connecting();
    pass(150);
    const time = new Date().toISOString();
    pass(50);
    welcome(connect, { time });
    assert.equal(off(), 0, "what may be right is taken to be");
  });

  it("tries at once when the network is there again or the page is seen, until it is stopped", () => {
    const [window, page] = [new EventTarget(), Object.assign(new EventTarget(), { hidden: true })];
    Object.assign(globalThis, { addEventListener: window.addEventListener.bind(window), document: page });
    try {
      const chorus = client({ name: "Ann" });
      chorus.start();
      const attempts = (target, event) => {
        network.last.end();
        const before = network.sockets.length;
        target.dispatchEvent(new Event(event));
        return network.sockets.length - before;
      };
      assert.equal(attempts(window, "online"), 1);
      assert.equal(attempts(page, "visibilitychange"), 0, "it is not seen");
      page.hidden = false;
      assert.equal(attempts(page, "visibilitychange"), 1);
      chorus.start();
      assert.equal(attempts(window, "online"), 1, "however often it is started");
      chorus.stop();
      const { length } = network.sockets;
      window.dispatchEvent(new Event("online"));
      assert.equal(network.sockets.length, length);
    } finally {
      delete globalThis.addEventListener;
      delete globalThis.document;
    }
  });
});
