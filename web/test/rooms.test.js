import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Mailbox } from "../lib/mailbox.js";
import { Rooms } from "../lib/rooms.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, startTime, stopTime } from "./fakes.js";

describe("Rooms", () => {
  let storage, network, connection, rooms;

  /** A page in the same browser. */
  const page = () => {
    network = new FakeNetwork();
    const store = new Store(() => storage);
    connection = new Connection({ url: "ws://chat/ws", identity: new Identity(store), open: network.open });
    rooms = new Rooms(connection, new Mailbox(connection), store);
    connection.start();
    welcomed();
  };
  const welcomed = () => {
    network.last.welcome();
    while ("read" in network.last.sent[0]) network.last.take("read"); // what was not told before
    network.last.bring({ id: network.last.take("mailbox").id, mailbox: {} });
  };

  beforeEach(() => {
    stopTime();
    storage = new FakeStorage();
    page();
  });
  afterEach(startTime);

  /** Answers the next join, which has to be one of a room. */
  const joined = (asked, room = asked, head = 0) => {
    const join = network.last.take("join");
    assert.equal(join.room, asked);
    network.last.bring({ id: join.id, joined: { room, head: { seq: head, id: head ? `id${head}` : "" } } });
  };
  const store = ({ id, room }, seq) =>
    network.last.bring({ id, sent: { room, seq, id: `id${seq}`, time: "2026-11-24T09:30:00.123Z" } });
  const refuse = ({ id }, error) => network.last.bring({ id, error: { message: "no", retryable: false, ...error } });
  const nothingAsked = () => assert.deepEqual(network.last.sent, []);
  const reconnect = () => {
    network.last.end();
    pass(30_000);
    welcomed();
  };
  const names = () => rooms.all.map(({ name }) => name);

  it("joins a room once, however it is written, and calls it as the node does", () => {
    const tea = rooms.join("Tea");
    joined("Tea", "tea");
    assert.equal(rooms.join("TEA"), tea);
    assert.equal(rooms.get("tea"), tea);
    assert.deepEqual(names(), ["tea"]);
    nothingAsked();
  });

  it("has them again on the next page, but not those that were left, nor direct ones", () => {
    for (const name of ["Tea", "attic", "~ann~bob", "cellar"]) rooms.join(name);
    joined("Tea", "tea");
    rooms.leave(rooms.get("cellar"));
    page();
    assert.deepEqual(rooms.kept, ["tea", "attic"]);
  });

  it("does not keep what can't be joined", () => {
    rooms.join("no such room");
    refuse(network.last.take("join"), { code: "bad_request" });
    assert.deepEqual(rooms.kept, []);
    assert.deepEqual(names(), ["no such room"], "but shows why");
  });

  it("shares with other tabs what is kept", () => {
    rooms.join("tea");
    const here = rooms;
    page();
    rooms.join("attic");
    here.join("cellar");
    assert.deepEqual(rooms.kept, ["tea", "attic", "cellar"]);
  });

  it("leaves at once a room where nothing waits", () => {
    const tea = rooms.join("tea");
    joined("tea");
    rooms.leave(tea);
    assert.equal(network.last.take("leave").room, "tea");
    reconnect();
    nothingAsked();
  });

  it("sends what waits in a room that is left, and leaves it then", () => {
    const tea = rooms.join("tea");
    joined("tea");
    network.last.end();
    tea.outbox.add("a");
    tea.outbox.add("b");
    rooms.leave(tea);
    pass(30_000);
    welcomed();
    joined("tea");
    store(network.last.take("send"), 1);
    const b = network.last.take("send");
    assert.deepEqual([b.room, b.text], ["tea", "b"]);
    nothingAsked();
    network.last.bring({ message: message(2, { room: "tea", key: b.key, user: { id: "ann", name: "Ann" } }) });
    assert.equal(network.last.take("leave").room, "tea");
    reconnect();
    nothingAsked();
  });

  for (const name of ["tea", "Tea"]) {
    it(`joins a room again as ${name} while something waits there, and is in it once at a time`, () => {
      const before = rooms.join("tea");
      joined("tea");
      before.outbox.add("a");
      before.outbox.add("b");
      const sent = network.last.take("send");
      rooms.leave(before);
      const again = rooms.join(name);
      assert.equal(network.last.take("leave").room, "tea");
      store(sent, 1); // what was asked before is answered
      joined("tea");
      const repeated = network.last.take("send");
      assert.equal(repeated.key, sent.key, "it is stored once");
      store(repeated, 1);
      const b = network.last.take("send");
      assert.equal(b.text, "b");
      store(b, 2);
      assert.deepEqual(again.outbox.items.map(({ text, state }) => `${text} ${state}`), ["a sent", "b sent"]);
    });
  }

  it("does not wait for what waits for its author", () => {
    const tea = rooms.join("tea");
    joined("tea");
    tea.outbox.add("a");
    rooms.leave(tea);
    refuse(network.last.take("send"), { code: "bad_request", message: "send.text: too long", field: "send.text" });
    assert.equal(network.last.take("leave").room, "tea");
    assert.deepEqual(rooms.join("tea").outbox.items.map(({ text, state }) => `${text} ${state}`), ["a failed"]);
  });

  it("does not wait in a room that it can't be in", () => {
    const tea = rooms.join("tea");
    joined("tea");
    network.last.end();
    tea.outbox.add("a");
    rooms.leave(tea);
    pass(30_000);
    welcomed();
    refuse(network.last.take("join"), { code: "too_many_rooms" });
    reconnect();
    nothingAsked();
    rooms.join("tea");
    joined("tea");
    assert.equal(network.last.take("send").text, "a", "it was kept");
  });

  describe("unread", () => {
    const say = (seq, fields) => network.last.bring({ message: message(seq, { room: "tea", ...fields }) });
    const readUpTo = (seq) => network.last.bring({ read: { room: "tea", user: "ann", at: { seq, id: `id${seq}` } } });

    it("begins where one comes in for the first time", () => {
      const tea = rooms.join("tea");
      joined("tea", "tea", 2);
      say(1);
      say(2);
      assert.deepEqual(rooms.unread(tea), { count: 0, mentions: 0 });
      pass(1000);
      assert.equal(network.last.take("read").at.seq, 2);
      say(3);
      say(4, { text: "Where is @ann?" });
      say(5, { user: { id: "ann", name: "Ann" }, text: "@Ann is here" });
      assert.deepEqual(rooms.unread(tea), { count: 2, mentions: 1 });
      readUpTo(3);
      assert.deepEqual(rooms.unread(tea), { count: 1, mentions: 1 });
    });

    it("goes on where one has read to, on whatever device, also before what is loaded", () => {
      readUpTo(10);
      const tea = rooms.join("tea");
      joined("tea", "tea", 52);
      say(51);
      say(52);
      assert.deepEqual(rooms.unread(tea), { count: 42, mentions: 0 });
    });

    it("tells of what others say from now on", () => {
      const said = [];
      rooms.on("said", ({ room, message: { seq } }) => said.push(`${room.name} ${seq}`));
      rooms.join("tea");
      joined("tea", "tea", 1);
      say(1);
      say(2);
      say(3, { user: { id: "ann", name: "Ann" } });
      assert.deepEqual(said, ["tea 2"]);
    });

    it("begins anew where the log was lost", () => {
      readUpTo(10);
      const tea = rooms.join("tea");
      joined("tea", "tea", 10);
      say(10);
      network.last.bring({ reset: { room: "tea", reason: "fork", head: { seq: 1, id: "new" } } });
      say(1, { id: "new" });
      say(2);
      assert.deepEqual(rooms.unread(tea), { count: 1, mentions: 0 });
    });
  });
});
