import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { changed } from "../lib/changes.js";
import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Room } from "../lib/room.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, startTime, stopTime } from "./fakes.js";

/** An entry that is about message `of`. */
function entry(seq, of, kind, fields = {}) {
  const { emoji, ...rest } = fields;
  const plain = message(seq);
  delete plain.text;
  return { ...plain, change: { of: { seq: of, id: `id${of}` }, kind, ...(emoji && { emoji }) }, ...rest };
}

const by = (id) => ({ user: { id, name: id } });
const replyTo = (seq, fields = {}) => ({ reply: { seq, id: `id${seq}`, user: { id: "bob", name: "Bob" }, text: `text ${seq}`, ...fields } });

describe("changed", () => {
  const said = (text) => [message(1), text].reduce(changed);

  it("takes the newest text, and says that it is not the first", () => {
    const now = said(entry(2, 1, "edit", { text: "new" }));
    assert.deepEqual([now.text, now.edited], ["new", true]);
    assert.equal(changed(now, entry(3, 1, "edit")), now, "an edit without a text is not in force");
  });

  it("leaves nothing of what was deleted, for good", () => {
    const before = { ...message(1), ...replyTo(7), edited: true, reactions: [{ emoji: "👍", users: ["ann"] }] };
    const now = changed(before, entry(2, 1, "delete"));
    assert.deepEqual([now.deleted, now.text, now.reply, now.reactions, now.edited], [true, undefined, undefined, undefined, undefined]);
    assert.equal(changed(now, entry(3, 1, "edit", { text: "new" })), now);
    assert.equal(changed(now, entry(4, 1, "react", { emoji: "👍" })), now);
  });

  it("counts a user's emoji once, and forgets it when it is taken away", () => {
    const entries = [
      entry(2, 1, "react", { emoji: "👍", ...by("ann") }),
      entry(3, 1, "react", { emoji: "👍", ...by("eve") }),
      entry(4, 1, "react", { emoji: "👍", ...by("ann") }),
      entry(5, 1, "react", { emoji: "😀", ...by("ann") }),
      entry(6, 1, "unreact", { emoji: "😀", ...by("ann") }),
      entry(7, 1, "unreact", { emoji: "😀", ...by("eve") }),
    ];
    const once = entries.reduce(changed, message(1));
    assert.deepEqual(once.reactions, [{ emoji: "👍", users: ["ann", "eve"] }]);
    assert.deepEqual(entries.reduce(changed, once), once, "applied again it is the same");
    const more = changed(once, entry(8, 1, "react", { emoji: "❤️", ...by("eve") }));
    assert.deepEqual(more.reactions.map(({ emoji }) => emoji), ["❤️", "👍"], "in the order that nodes have");
  });

  it("keeps quotes from outliving what they quote", () => {
    const reply = { ...message(2), ...replyTo(1) };
    const long = "語".repeat(101);
    assert.equal(changed(reply, entry(3, 1, "edit", { text: "a\n new  one" })).reply.text, "a new one");
    assert.equal(changed(reply, entry(3, 1, "edit", { text: long })).reply.text, `${"語".repeat(99)}…`);
    const gone = changed(reply, entry(3, 1, "delete"));
    assert.deepEqual([gone.reply.deleted, gone.reply.text, gone.text], [true, undefined, "text 2"]);
    assert.equal(changed(gone, entry(4, 1, "edit", { text: "x" })), gone);
    assert.equal(changed(reply, entry(3, 1, "react", { emoji: "👍" })), reply);
  });

  it("has nothing to do with other messages, nor with the same number in another log", () => {
    const before = message(1);
    const elsewhere = entry(3, 1, "delete");
    elsewhere.change.of.id = "another";
    for (const each of [entry(3, 2, "delete"), elsewhere, message(2), entry(3, 1, "pin")]) assert.equal(changed(before, each), before);
  });
});

describe("Room, when what was said is changed", () => {
  let network, connection, storage, room, heard;

  beforeEach(() => {
    stopTime();
    storage = new FakeStorage();
    network = new FakeNetwork();
    connection = new Connection({ url: "ws://chat/ws", identity: new Identity(new Store(() => storage)), open: network.open });
    connection.start();
    network.last.welcome();
    room = new Room(connection, "lobby", new Store(() => new FakeStorage()));
    heard = [];
    room.on("message", ({ seq, text }) => heard.push(`${seq} ${text}`));
    room.on("changed", ({ seq, text, deleted }) => heard.push(`${seq} now ${deleted ? "deleted" : text}`));
    room.on("caught-up", () => heard.push("caught-up"));
    room.on("earlier", (messages) => heard.push(...messages.map(({ seq, text, deleted }) => `earlier ${seq} ${deleted ? "deleted" : text}`)));
    room.enter();
  });
  afterEach(startTime);

  const joined = (head, ...events) => {
    const { id } = network.last.take("join");
    network.last.bring({ id, joined: { room: "lobby", head: { seq: head, id: `id${head}` } } }, ...events.map((each) => ({ message: each })));
  };
  const bring = (...entries) => network.last.bring(...entries.map((each) => ({ message: each })));

  it("shows no entries about messages, but what they make of them", () => {
    joined(3, message(1), { ...message(2), ...replyTo(1) }, entry(3, 1, "edit", { text: "new" }));
    assert.deepEqual(heard, ["1 text 1", "2 text 2", "1 now new", "2 now text 2", "caught-up"]);
    bring(entry(4, 1, "delete"));
    assert.deepEqual(heard.slice(5), ["1 now deleted", "2 now text 2"]);
    assert.deepEqual(room.newest, { seq: 4, id: "id4" }, "it goes on after them");
    bring(entry(4, 1, "delete"), entry(5, 1, "react", { emoji: "👍" }), entry(6, 99, "delete"));
    assert.equal(heard.length, 7);
    assert.equal(room.newest.seq, 6);
  });

  it("begins with an entry about something older, if that is the first", async () => {
    joined(6, entry(5, 4, "react", { emoji: "👍" }), message(6));
    assert.deepEqual(heard, ["6 text 6", "caught-up"]);
    assert.equal(room.oldest.seq, 5);
    const loading = room.loadEarlier();
    const { id, before } = network.last.take("history");
    assert.equal(before.seq, 5);
    network.last.bring({ id, history: { room: "lobby", messages: [entry(3, 2, "edit"), message(4)], more: true } });
    await loading;
    assert.deepEqual(heard.slice(2), ["earlier 4 text 4"]);
    assert.equal(room.oldest.seq, 3, "what is not shown counts all the same");
    assert.ok(room.hasEarlier);
    bring(entry(7, 4, "edit", { text: "new" }));
    assert.equal(heard.at(-1), "4 now new", "what was loaded can be changed");
  });

  it("applies what comes while earlier messages are waited for to them as well", async () => {
    joined(5, message(5));
    const loading = room.loadEarlier();
    const { id } = network.last.take("history");
    bring(entry(6, 4, "delete"));
    network.last.bring(
      { id, history: { room: "lobby", messages: [message(3), message(4)], more: true } },
      { message: entry(7, 3, "edit", { text: "new" }) },
    );
    await loading;
    assert.deepEqual(heard, ["5 text 5", "caught-up", "earlier 3 new", "earlier 4 deleted"]);
  });

  it("forgets with a reset, and with what is dropped, what could be changed", () => {
    joined(2, message(1), message(2));
    room.shorten(message(2));
    bring(entry(3, 1, "edit", { text: "new" }));
    network.last.bring({ reset: { room: "lobby", reason: "fork", head: { seq: 4, id: "id4" } } });
    bring(message(4), entry(5, 2, "delete"));
    assert.deepEqual(heard, ["1 text 1", "2 text 2", "caught-up", "4 text 4", "caught-up"]);
  });

  it("leaves what is on its way alone", () => {
    const { outbox } = room;
    joined(1, message(1));
    outbox.add("mine");
    const { key } = network.last.take("send");
    bring(entry(2, 1, "react", { emoji: "👍", key, ...by("ann") }));
    assert.deepEqual(outbox.items.map(({ text, state }) => `${text} ${state}`), ["mine pending"]);
    bring(message(3, { key, ...by("ann") }));
    assert.deepEqual(outbox.items, []);
  });
});
