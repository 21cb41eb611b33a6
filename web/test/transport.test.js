import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

// What the transport loads later is there already, so that no test waits for a slow machine to read it.
import "../lib/event-stream.js";
import "../lib/probe.js";
import { Store } from "../lib/store.js";
import { Transport } from "../lib/transport.js";
import { FakeEventSource, FakeNetwork, FakeStorage, pass, settle, startTime, stopTime, until } from "./fakes.js";

const HOUR = 3_600_000;

describe("Transport", () => {
  let network, storage, transport;

  beforeEach(() => {
    stopTime();
    FakeEventSource.install();
    network = new FakeNetwork();
    storage = new FakeStorage();
    transport = anew();
  });
  afterEach(() => {
    FakeEventSource.uninstall();
    startTime();
  });

  const anew = () => new Transport({ url: "wss://chat/ws", open: network.open, store: new Store(() => storage) });

  /** Lets attempts end without an answer. */
  const fail = (times) => {
    for (let i = 0; i < times; i++) {
      const socket = transport.open();
      transport.failed();
      socket.close();
    }
  };

  /** Opens an event stream that answers, beside which a WebSocket is tried. */
  const answerByEvents = async () => {
    fail(2);
    const socket = transport.open();
    await until(() => FakeEventSource.last);
    FakeEventSource.last.say("stream", "id");
    transport.answered();
    await until(() => network.sockets.length === 3);
    return socket;
  };

  it("goes over to an event stream when two WebSockets in a row came to no answer", async () => {
    fail(1);
    transport.open();
    transport.answered();
    fail(1);
    assert.equal(transport.name, "websocket");
    fail(1);
    assert.equal(transport.name, "events");
    const socket = transport.open();
    let opened = false;
    socket.onopen = () => (opened = true);
    await until(() => FakeEventSource.last);
    assert.equal(String(FakeEventSource.last.url), "https://chat/events");
    FakeEventSource.last.say("stream", "id");
    assert.ok(opened);
    assert.equal(socket.readyState, 1);
  });

  it("gives a WebSocket up that does not open, where an event stream comes to an answer", async () => {
    for (const working of [false, true]) {
      const socket = transport.open();
      let why;
      socket.onclose = (event) => (why = event);
      FakeEventSource.last = undefined;
      pass(3000);
      await until(() => FakeEventSource.last);
      if (working) FakeEventSource.last.say("stream", "id");
      else FakeEventSource.last.onerror();
      await settle();
      assert.equal(why?.code, working ? 1006 : undefined);
      assert.ok(FakeEventSource.last.closed);
    }
  });

  it("leaves a WebSocket alone that is slow to bring something", async () => {
    transport.open();
    network.last.accept();
    pass(3000);
    await settle();
    assert.equal(FakeEventSource.last, undefined);
  });

  it("goes back when event streams come to no answer either", () => {
    fail(4);
    assert.equal(transport.name, "websocket");
    fail(2);
    assert.equal(transport.name, "events");
  });

  it("has only WebSockets where there are no event streams", () => {
    FakeEventSource.uninstall();
    fail(10);
    assert.equal(transport.name, "websocket");
  });

  it("keeps to the event stream for an hour when a WebSocket beside it fails", async () => {
    await answerByEvents();
    network.last.end();
    await settle();
    assert.equal(anew().name, "events", "the tab knows it after a reload");
    pass(HOUR - 1);
    transport.open().close();
    assert.equal(transport.name, "events");
    pass(1);
    transport.open();
    assert.equal(transport.name, "websocket");
    assert.equal(anew().name, "websocket");
  });

  it("takes a WebSocket that opens and carries nothing for one that fails", async () => {
    await answerByEvents();
    network.last.accept();
    pass(5000);
    await settle();
    assert.ok(network.last.closed);
    assert.equal(anew().name, "events");
  });

  it("comes back to WebSockets when only the nodes had been away", async () => {
    const socket = await answerByEvents();
    let why;
    socket.onclose = (event) => (why = event);
    network.last.accept();
    network.last.take("ping");
    network.last.bring({ id: 1, error: { code: "not_connected" } });
    await settle();
    assert.equal(why.code, 1012);
    assert.equal(transport.name, "websocket");
    assert.equal(anew().name, "websocket");
    assert.ok(FakeEventSource.last.closed);
  });
});
