import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Places } from "../js/places.js";
import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Mailbox } from "../lib/mailbox.js";
import { Rooms } from "../lib/rooms.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, startTime, stopTime } from "./fakes.js";

describe("Places", () => {
  let network, rooms, places, changes;

  beforeEach(() => {
    stopTime();
    network = new FakeNetwork();
    const store = new Store(() => new FakeStorage());
    const connection = new Connection({ url: "ws://chat/ws", identity: new Identity(store), open: network.open });
    const mailbox = new Mailbox(connection);
    rooms = new Rooms(connection, mailbox, store);
    places = new Places({ connection, rooms, mailbox, language: "en" });
    changes = 0;
    places.on("changed", () => changes++);
    connection.start();
    network.last.welcome();
  });
  afterEach(startTime);

  const mailbox = (...all) => network.last.bring({ id: network.last.take("mailbox").id, mailbox: { rooms: all } });
  const joined = (seq = 0) => {
    const { id, room } = network.last.take("join");
    network.last.bring({ id, joined: { room, head: { seq, id: seq ? `id${seq}` : "" } } });
  };
  const join = (name) => {
    rooms.join(name);
    joined();
  };
  const shown = () => places.all.map(({ name, unread, calls }) => [name, unread, calls].join(" "));

  it("has rooms in the order of a dictionary, and then people, the latest first", () => {
    mailbox(
      { room: "~ann~bob", user: { id: "bob", name: "Bob" }, head: { seq: 3, id: "id3" }, read: { seq: 1, id: "id1" }, unread: 2 },
      { room: "~ann~eve", user: { id: "eve", name: "Eve" }, head: { seq: 1, id: "id1" }, read: { seq: 1, id: "id1" }, unread: 0 },
    );
    for (const name of ["tea", "room10", "room9", "attic"]) join(name);
    assert.deepEqual(shown(), ["attic 0 0", "room9 0 0", "room10 0 0", "tea 0 0", "~ann~bob 2 2", "~ann~eve 0 0"]);
  });

  it("has somebody with whom one has begun, until that is in the mailbox", () => {
    mailbox();
    places.meet("~ann~bob", { id: "bob", name: "Bob" });
    places.show("~ann~bob");
    assert.deepEqual(places.all.map(({ user }) => user), [{ id: "bob", name: "Bob" }]);
    network.last.bring({ notice: { room: "~ann~bob", user: { id: "bob", name: "Bobby" }, head: { seq: 1, id: "id1" } } });
    assert.deepEqual(places.all.map(({ user }) => user), [{ id: "bob", name: "Bobby" }]);
  });

  it("does not keep a room that can't be joined, once one has gone away", () => {
    mailbox();
    join("tea");
    rooms.join("no room");
    places.show("no room");
    network.last.bring({ id: network.last.take("join").id, error: { code: "bad_request", message: "no", retryable: false } });
    assert.deepEqual(shown(), ["no room 0 0", "tea 0 0"]);
    places.show("tea");
    assert.deepEqual(shown(), ["tea 0 0"]);
  });

  it("knows who is seen in one of the rooms", () => {
    mailbox({ room: "~ann~bob", user: { id: "bob", name: "Bob" }, head: { seq: 1, id: "id1" }, read: { seq: 1, id: "id1" }, unread: 0 });
    join("tea");
    const here = () => places.all.find(({ user }) => user)?.here;
    assert.equal(here(), false);
    network.last.bring({ roster: { room: "tea", count: 1, users: [{ id: "bob", name: "Robert" }] } });
    assert.equal(here(), true);
    assert.equal(places.partner("~ann~bob"), "Robert"); // as they are called now
  });

  it("tells once of what happens at once", () => {
    mailbox();
    join("tea");
    pass(1000);
    changes = 0;
    for (let seq = 1; seq <= 20; seq++) network.last.bring({ message: message(seq, { room: "tea", text: "@Me" }) });
    assert.equal(changes, 0);
    pass(1000);
    assert.equal(changes, 1);
  });
});
