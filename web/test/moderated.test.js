import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { ChorusError } from "../lib/error.js";
import { Everywhere } from "../lib/everywhere.js";
import { Identity } from "../lib/identity.js";
import "../lib/insist.js"; // loaded when it is needed: here it is there then
import { Room } from "../lib/room.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, settle, startTime, stopTime } from "./fakes.js";

describe("Moderation", () => {
  let network, connection, room;

  beforeEach(() => {
    stopTime();
    const storage = new FakeStorage();
    const store = new Store(() => storage);
    network = new FakeNetwork();
    connection = new Connection({ url: "ws://chat/ws", identity: new Identity(store), open: network.open });
    connection.start();
    network.last.welcome();
    room = new Room(connection, "lobby", store);
  });
  afterEach(startTime);

  const sent = ({ id }) => network.last.bring({ id, sent: { room: "lobby", seq: 9, id: "id9", time: "2026-11-24T09:30:00.123Z" } });
  const refuse = ({ id }, error) => network.last.bring({ id, error: { message: "no", ...error } });

  it("is done when it is in the log", async () => {
    const done = room.moderate("ban", "eve", { seconds: 3600, reason: "spam" });
    await settle();
    const { id, key, ...asked } = network.last.take("moderate");
    assert.match(key, /^[\w-]{16}$/);
    assert.deepEqual(asked, { room: "lobby", action: "ban", user: "eve", seconds: 3600, reason: "spam" });
    sent({ id });
    assert.equal((await done).seq, 9);
  });

  it("is asked again under its key, in a database that was away and over another connection", async () => {
    const done = room.announce("We close at ten.");
    await settle();
    const first = network.last.take("announce");
    refuse(first, { code: "unavailable", retryable: true, retry_after_ms: 700 });
    await settle();
    pass(699);
    await settle();
    assert.equal(network.last.sent.length, 0);
    pass(1);
    await settle();
    assert.equal(network.last.take("announce").key, first.key);
    network.last.end();
    await settle();
    pass(250);
    network.last.welcome();
    network.last.take("join"); // before it, so that one is in the room
    pass(250);
    await settle();
    const last = network.last.take("announce");
    assert.equal(last.key, first.key);
    sent(last);
    await done;
  });

  it("fails when it is refused, or when it takes too long", async () => {
    const forbidden = room.moderate("kick", "eve");
    await settle();
    refuse(network.last.take("moderate"), { code: "forbidden", message: "you are no moderator of lobby", retryable: false });
    await assert.rejects(forbidden, (error) => error instanceof ChorusError && error.code === "forbidden" && !error.retryable);

    const late = room.moderate("kick", "eve");
    await settle();
    refuse(network.last.take("moderate"), { code: "rate_limited", retryable: true, retry_after_ms: 40_000 });
    await assert.rejects(late, { code: "rate_limited", retry_after_ms: 40_000 });
  });

  it("lists who is muted or banned", async () => {
    const list = [{ user: { id: "eve", name: "Eve" }, kind: "mute" }];
    const asked = room.sanctions();
    network.last.bring({ id: network.last.take("sanctions").id, sanctions: { room: "lobby", sanctions: list } });
    assert.deepEqual(await asked, list);
  });

  it("concerns the whole service where it is done everywhere, and is heard by all", async () => {
    const everywhere = new Everywhere(connection);
    const heard = [];
    everywhere.on("announced", ({ text }) => heard.push(text));
    const done = everywhere.announce("Good night.");
    await settle();
    const command = network.last.take("announce");
    assert.equal(command.room, "@");
    sent(command);
    await done;
    network.last.bring(
      { message: message(1, { announcement: true }) },
      { message: message(1, { room: "@", announcement: true, text: "Good night." }) },
    );
    assert.deepEqual(heard, ["Good night."]);
  });
});
