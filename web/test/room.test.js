import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Room } from "../lib/room.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, settle, startTime, stopTime } from "./fakes.js";

describe("Room", () => {
  let network, connection, room, heard;

  beforeEach(() => {
    stopTime();
    const storage = new FakeStorage();
    network = new FakeNetwork();
    connection = new Connection({ url: "ws://chat/ws", identity: new Identity(new Store(() => storage)), open: network.open });
    connection.start();
    network.last.welcome();
    room = new Room(connection, "Lobby", new Store(() => storage));
    heard = [];
    room.on("message", ({ seq }) => heard.push(seq));
    room.on("reset", ({ reason }) => heard.push(reason));
    room.on("caught-up", () => heard.push("caught-up"));
    room.on("refused", ({ code }) => heard.push(code));
    room.enter();
  });
  afterEach(startTime);

  const joined = (head, ...events) => {
    const { id } = network.last.take("join");
    const position = { seq: head, id: head ? `id${head}` : "" };
    network.last.bring({ id, joined: { room: "lobby", head: position } }, ...events);
  };
  const say = (seq, fields) => network.last.bring({ message: message(seq, fields) });
  const reconnect = () => {
    network.last.end();
    pass(30_000);
    network.last.welcome();
  };

  it("joins without a position at first, and takes the name that the node writes", () => {
    assert.deepEqual(network.last.sent[0].join, { room: "Lobby", presence: true });
    joined(2, { message: message(1) }, { message: message(2) });
    assert.equal(room.name, "lobby");
    assert.deepEqual(heard, [1, 2, "caught-up"]);
  });

  it("goes on after the last message shown, and drops what it has", () => {
    joined(1, { message: message(1) });
    reconnect();
    assert.deepEqual(network.last.sent[0].join, { room: "lobby", presence: true, since: { seq: 1, id: "id1" } });
    joined(3, { message: message(1) }, { message: message(2) }, { message: message(3) });
    say(3);
    assert.deepEqual(heard, [1, "caught-up", 2, 3, "caught-up"]);
  });

  it("goes on from the beginning of a room that was empty", () => {
    joined(0);
    assert.deepEqual(heard, ["caught-up"]);
    reconnect();
    assert.deepEqual(network.last.sent[0].join.since, { seq: 0, id: "" });
  });

  it("hears nothing of other rooms", () => {
    joined(0);
    say(1, { room: "attic" });
    network.last.bring({ reset: { room: "attic", reason: "fork", head: { seq: 1, id: "id1" } } });
    assert.deepEqual(heard, ["caught-up"]);
  });

  it("forgets everything at a reset, and begins with what follows", () => {
    joined(9, { message: message(8) }, { message: message(9) });
    network.last.bring({ reset: { room: "lobby", reason: "fork", head: { seq: 4, id: "id4" } } });
    assert.equal(room.newest, null);
    say(3);
    say(4);
    assert.deepEqual(heard, [8, 9, "caught-up", "fork", 3, 4, "caught-up"]);
    assert.equal(room.oldest.seq, 3);
    reconnect();
    assert.equal(network.last.sent[0].join.since.seq, 4);
  });

  it("is caught up at once when a reset leaves nothing", () => {
    joined(1, { message: message(1) });
    network.last.bring({ reset: { room: "lobby", reason: "fork", head: { seq: 0, id: "" } } });
    assert.deepEqual(heard, [1, "caught-up", "fork", "caught-up"]);
    reconnect();
    assert.deepEqual(network.last.sent[0].join.since, { seq: 0, id: "" });
  });

  it("loads earlier messages until there are none", async () => {
    joined(5, { message: message(4) }, { message: message(5) });
    const pages = [];
    room.on("earlier", (messages) => pages.push(messages.map(({ seq }) => seq)));
    assert.ok(room.hasEarlier);
    const loading = room.loadEarlier();
    const { id, before } = network.last.take("history");
    assert.deepEqual(before, { seq: 4, id: "id4" });
    network.last.bring({ id, history: { room: "lobby", messages: [message(2), message(3)], more: false } });
    await loading;
    assert.deepEqual(pages, [[2, 3]]);
    assert.equal(room.oldest.seq, 2);
    assert.ok(!room.hasEarlier, "nothing older is kept, even if there was something");
  });

  it("can forget its oldest messages, and load them again", async () => {
    joined(3, { message: message(1) }, { message: message(2) }, { message: message(3) });
    room.on("shortened", () => heard.push("shortened"));
    room.on("earlier", (messages) => heard.push(...messages.map(({ seq }) => `earlier ${seq}`)));
    assert.ok(!room.hasEarlier);
    room.shorten(message(2));
    assert.ok(room.hasEarlier);
    const stale = room.loadEarlier();
    const first = network.last.take("history");
    assert.deepEqual(first.before, { seq: 2, id: "id2" });
    room.shorten(message(3));
    network.last.bring({ id: first.id, history: { room: "lobby", messages: [message(1)], more: false } });
    await stale; // its answer would leave a hole
    assert.ok(room.hasEarlier);
    const loading = room.loadEarlier();
    const { id, before } = network.last.take("history");
    assert.deepEqual(before, { seq: 3, id: "id3" });
    network.last.bring({ id, history: { room: "lobby", messages: [message(1), message(2)], more: false } });
    await loading;
    assert.deepEqual(heard, [1, 2, 3, "caught-up", "shortened", "shortened", "earlier 1", "earlier 2"]);
    assert.ok(!room.hasEarlier);
    room.shorten(message(2));
    assert.ok(room.hasEarlier, "the beginning was there, and is not any more");
    reconnect();
    assert.equal(network.last.sent[0].join.since.seq, 3, "it goes on from the newest all the same");
  });

  it("forgets its oldest messages by itself, unless somebody reads there", () => {
    joined(0);
    const reading = new AbortController();
    room.hold(reading.signal);
    for (let seq = 1; seq <= 1500; seq++) say(seq);
    assert.equal(room.messages.length, 1500);
    reading.abort();
    room.on("shortened", () => heard.push("shortened"));
    say(1501);
    assert.deepEqual(heard.slice(-2), [1501, "shortened"]);
    assert.equal(room.messages.length, 800);
    assert.equal(room.oldest.seq, 702);
    for (let seq = 1502; seq <= 1701; seq++) say(seq);
    assert.equal(room.messages.length, 1000, "not with each message");
  });

  it("forgets earlier messages that come after a reset", async () => {
    joined(5, { message: message(5) });
    room.on("earlier", () => heard.push("earlier"));
    const loading = room.loadEarlier();
    const { id } = network.last.take("history");
    network.last.bring({ reset: { room: "lobby", reason: "fork", head: { seq: 5, id: "other" } } }, { id, history: { room: "lobby", messages: [message(4)], more: false } });
    await loading;
    assert.ok(!heard.includes("earlier"));
  });

  it("asks again when joining fails for now, and says so when it fails for good", () => {
    let { id } = network.last.take("join");
    network.last.bring({ id, error: { code: "unavailable", message: "no", retryable: true, retry_after_ms: 700 } });
    pass(699);
    assert.equal(network.last.sent.length, 0);
    pass(1);
    ({ id } = network.last.take("join"));
    network.last.bring({ id, error: { code: "bad_request", message: "join.room: no", retryable: false } });
    assert.deepEqual(heard, ["bad_request"]);
  });

  it("stops where it was removed, and goes on there when it is entered again", () => {
    room.on("removed", ({ reason, until }) => heard.push(`${reason} ${until}`));
    joined(2, { message: message(1) }, { message: message(2) });
    network.last.bring({ removed: { room: "elsewhere", reason: "kicked" } }, { removed: { room: "lobby", reason: "banned", until: "2026-11-25T09:30:00.000Z" } });
    assert.ok(!room.joined);
    say(3);
    assert.deepEqual(heard, [1, 2, "caught-up", "banned 2026-11-25T09:30:00.000Z"]);
    pass(10_000);
    assert.equal(network.last.sent.length, 0, "it does not come back by itself");
    room.enter();
    const { id, since } = network.last.take("join");
    assert.deepEqual(since, { seq: 2, id: "id2" });
    network.last.bring({ id, error: { code: "forbidden", message: "you are banned", retryable: false, retry_after_ms: 5 } });
    assert.equal(heard.at(-1), "forbidden");
    room.enter();
    joined(3, { message: message(3) });
    assert.equal(heard.at(-2), 3);
  });

  it("knows what one may do there", () => {
    const { id } = network.last.take("join");
    network.last.bring({ id, joined: { room: "lobby", head: { seq: 0, id: "" }, access: "read" } });
    assert.equal(room.access, "read");
  });

  it("shows what moderators did as messages, and is not what is announced everywhere", () => {
    const act = { kind: "ban", user: { id: "eve", name: "Eve" } };
    joined(1, { message: message(7, { room: "@", announcement: true }) }, { message: message(1, { act }) });
    assert.deepEqual(heard, [1, "caught-up"]);
  });

  it("can be left while joining and entered again", async () => {
    room.leave();
    const again = new Room(connection, "lobby", new Store(() => new FakeStorage()));
    again.on("message", ({ seq }) => heard.push(`again ${seq}`));
    again.enter();
    const [join, leave, rejoin] = [network.last.take("join"), network.last.take("leave"), network.last.take("join")];
    network.last.bring(
      { id: join.id, joined: { room: "lobby", head: { seq: 1, id: "id1" } } },
      { message: message(1) },
      { id: leave.id, left: { room: "lobby" } },
      { id: rejoin.id, joined: { room: "lobby", head: { seq: 1, id: "id1" } } },
      { message: message(1) },
    );
    await settle();
    assert.deepEqual(heard, ["again 1"]);
  });
});
