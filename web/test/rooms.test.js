import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Rooms } from "../lib/rooms.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, startTime, stopTime } from "./fakes.js";

describe("Rooms", () => {
  let storage, network, connection, rooms;

  beforeEach(() => {
    stopTime();
    storage = new FakeStorage();
    network = new FakeNetwork();
    const store = new Store(() => storage);
    connection = new Connection({ url: "ws://chat/ws", identity: new Identity(store), open: network.open });
    rooms = new Rooms(connection, store);
    connection.start();
    network.last.welcome();
  });
  afterEach(startTime);

  const show = (name) => {
    const place = rooms.open(name);
    place.outbox.load();
    place.room.enter();
    return place;
  };
  /** Answers the next join, which has to be one of a room. */
  const joined = (asked, room = asked) => {
    const join = network.last.take("join");
    assert.equal(join.room, asked);
    network.last.bring({ id: join.id, joined: { room, head: { seq: 0, id: "" } } });
  };
  const store = ({ id, room }, seq) =>
    network.last.bring({ id, sent: { room, seq, id: `id${seq}`, time: "2026-11-24T09:30:00.123Z" } });
  const refuse = ({ id }, error) => network.last.bring({ id, error: { message: "no", retryable: false, ...error } });
  const nothingAsked = () => assert.deepEqual(network.last.sent, []);
  const reconnect = () => {
    network.last.end();
    pass(30_000);
    network.last.welcome();
  };

  it("leaves at once a room where nothing waits", () => {
    const tea = show("tea");
    joined("tea");
    rooms.close(tea);
    assert.equal(network.last.take("leave").room, "tea");
    reconnect();
    nothingAsked();
  });

  it("sends what waits in a room that is not shown any more, and leaves it then", () => {
    const tea = show("tea");
    joined("tea");
    tea.outbox.add("a");
    tea.outbox.add("b");
    rooms.close(tea);
    show("attic");
    const a = network.last.take("send");
    joined("attic");
    store(a, 1);
    const b = network.last.take("send");
    assert.deepEqual([b.room, b.text], ["tea", "b"]);
    nothingAsked();
    network.last.bring({ message: message(2, { room: "tea", key: b.key, user: { id: "ann", name: "Ann" } }) });
    assert.equal(network.last.take("leave").room, "tea");
    assert.equal(storage.length, 2, "only the name and the token are kept");
    reconnect();
    joined("attic");
    nothingAsked();
  });

  it("sends it after a reconnect as well", () => {
    const tea = show("tea");
    joined("tea");
    network.last.end();
    tea.outbox.add("a");
    rooms.close(tea);
    show("attic");
    pass(30_000);
    network.last.welcome();
    joined("tea");
    joined("attic");
    const a = network.last.take("send");
    assert.deepEqual([a.room, a.text], ["tea", "a"]);
    store(a, 1);
    assert.equal(network.last.take("leave").room, "tea");
  });

  for (const name of ["tea", "Tea"]) {
    it(`shows a room again as ${name} while something waits there, and joins it once at a time`, () => {
      const before = show("tea");
      joined("tea");
      before.outbox.add("a");
      before.outbox.add("b");
      const sent = network.last.take("send");
      rooms.close(before);
      const again = show(name);
      assert.equal(network.last.take("leave").room, "tea");
      store(sent, 1); // what was asked before is answered
      joined("tea");
      const repeated = network.last.take("send");
      assert.equal(repeated.key, sent.key, "it is stored once");
      store(repeated, 1);
      const b = network.last.take("send");
      assert.equal(b.text, "b");
      nothingAsked();
      store(b, 2);
      assert.deepEqual(again.outbox.items.map(({ text, state }) => `${text} ${state}`), ["a sent", "b sent"]);
      assert.deepEqual(before.outbox.items.map(({ text }) => text), ["a", "b"], "the old one is not used any more");
    });
  }

  it("does not wait for what waits for its author", () => {
    const tea = show("tea");
    joined("tea");
    tea.outbox.add("a");
    rooms.close(tea);
    refuse(network.last.take("send"), { code: "bad_request", message: "send.text: too long", field: "send.text" });
    assert.equal(network.last.take("leave").room, "tea");
    const again = show("tea");
    assert.deepEqual(again.outbox.items.map(({ text, state }) => `${text} ${state}`), ["a failed"]);
  });

  it("does not wait in a room that it can't be in", () => {
    const tea = show("tea");
    joined("tea");
    network.last.end();
    tea.outbox.add("a");
    rooms.close(tea);
    pass(30_000);
    network.last.welcome();
    refuse(network.last.take("join"), { code: "too_many_rooms" });
    network.last.sent = [];
    reconnect();
    nothingAsked();
    show("tea");
    joined("tea");
    assert.equal(network.last.take("send").text, "a", "it was kept");
  });
});
