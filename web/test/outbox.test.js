import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Room } from "../lib/room.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, startTime, stopTime } from "./fakes.js";

const MINUTE = 60_000;

/** A tab of a browser, with a room open. */
class Tab {
  network = new FakeNetwork();

  constructor(storage, name = "lobby") {
    const store = new Store(() => storage);
    this.connection = new Connection({ url: "ws://chat/ws", identity: new Identity(store), open: this.network.open });
    this.room = new Room(this.connection, name, store);
    this.outbox = this.room.outbox;
    this.room.enter();
    this.connection.start();
  }

  get socket() {
    return this.network.last;
  }

  /** Connects and joins. */
  arrive(user, head = 0) {
    this.socket.welcome(user);
    const { id } = this.socket.take("join");
    this.socket.bring({ id, joined: { room: "lobby", head: { seq: head, id: head ? `id${head}` : "" } } });
  }

  comeBack(user) {
    this.socket.end();
    pass(15_000);
    this.arrive(user);
  }

  refuse(id, error) {
    this.socket.bring({ id, error: { message: "no", retryable: false, ...error } });
  }

  store(id, seq) {
    this.socket.bring({ id, sent: { room: "lobby", seq, id: `id${seq}`, time: "2026-11-24T09:30:00.123Z" } });
  }

  get states() {
    return this.outbox.items.map(({ text, state }) => `${text} ${state}`);
  }
}

describe("Outbox", () => {
  let storage, tab;

  beforeEach(() => {
    stopTime();
    storage = new FakeStorage();
    tab = new Tab(storage);
  });
  afterEach(startTime);

  const kept = () => new Store(() => storage).keys("chorus.outbox:").length;

  it("sends one after another, in order, each with a key of its own", () => {
    tab.arrive();
    for (const text of ["a", "b", "c"]) tab.outbox.add(text);
    const first = tab.socket.take("send");
    assert.equal(first.text, "a");
    assert.match(first.key, /^[A-Za-z0-9_-]{16}$/);
    assert.equal(tab.socket.sent.length, 0, "the second waits for the first");
    tab.store(first.id, 1);
    assert.deepEqual(tab.states, ["a sent", "b pending", "c pending"]);
    const second = tab.socket.take("send");
    assert.equal(second.text, "b");
    assert.notEqual(second.key, first.key);
    tab.socket.bring({ message: message(1, { key: first.key, user: { id: "ann", name: "Ann" } }) });
    assert.deepEqual(tab.states, ["b pending", "c pending"]);
  });

  it("is done with a message whichever comes first, the answer or the message", () => {
    tab.arrive();
    tab.outbox.add("a");
    const { id, key } = tab.socket.take("send");
    tab.socket.bring({ message: message(1, { key, user: { id: "bob", name: "Bob" } }) });
    assert.deepEqual(tab.states, ["a pending"], "another user may have the same key");
    tab.socket.bring({ message: message(2, { key, user: { id: "ann", name: "Ann" } }) });
    assert.deepEqual(tab.states, []);
    assert.equal(kept(), 0);
    tab.store(id, 2);
    tab.outbox.add("b");
    assert.equal(tab.socket.take("send").text, "b");
  });

  it("is done with a message that was shown before this page began", () => {
    tab.arrive(undefined, 9);
    tab.socket.bring({ message: message(9) });
    tab.outbox.add("a");
    tab.store(tab.socket.take("send").id, 5);
    assert.deepEqual(tab.states, []);
  });

  it("repeats with the same key after a lost answer", () => {
    tab.arrive();
    tab.outbox.add("a");
    tab.outbox.add("b");
    const { key } = tab.socket.take("send");
    tab.comeBack();
    const again = tab.socket.take("send");
    assert.equal(again.key, key);
    tab.store(again.id, 1);
    assert.equal(tab.socket.take("send").text, "b");
  });

  it("repeats what may succeed later, after growing waits", () => {
    tab.arrive();
    tab.outbox.add("a");
    const first = tab.socket.take("send");
    let { id } = first;
    for (const wait of [1000, 1000, 1000, 2000, 4000, 8000, 15000]) {
      tab.refuse(id, { code: "unavailable", retryable: true, retry_after_ms: 1000 });
      pass(wait - 1);
      assert.equal(tab.socket.sent.filter((each) => each.send).length, 0);
      pass(1);
      tab.socket.sent = tab.socket.sent.filter((each) => each.send);
      const again = tab.socket.take("send");
      assert.equal(again.key, first.key);
      id = again.id;
    }
  });

  it("lets a refused message wait for its author, and goes on with the next", () => {
    tab.arrive();
    tab.outbox.add("a");
    tab.outbox.add("b");
    tab.refuse(tab.socket.take("send").id, { code: "bad_request", message: "send.text: too long", field: "send.text" });
    assert.deepEqual(tab.states, ["a failed", "b pending"]);
    const [failed] = tab.outbox.items;
    assert.equal(failed.refusal.field, "send.text");
    tab.store(tab.socket.take("send").id, 1);
    tab.comeBack();
    assert.equal(tab.socket.sent.length, 0, "it is not repeated");
    tab.outbox.discard(failed);
    assert.equal(kept(), 0);
  });

  it("survives a reload: same texts, same order, same keys", () => {
    tab.arrive();
    for (const text of ["a", "b", "c"]) tab.outbox.add(text);
    const { key } = tab.socket.take("send");
    const reloaded = new Tab(storage);
    assert.deepEqual(reloaded.states, ["a pending", "b pending", "c pending"]);
    reloaded.arrive();
    const again = reloaded.socket.take("send");
    assert.equal(again.key, key);
    reloaded.store(again.id, 1);
    assert.equal(reloaded.socket.take("send").text, "b");
  });

  it("shares what is kept with other tabs, and each tells by the key that it is done", () => {
    tab.arrive();
    tab.outbox.add("a");
    const other = new Tab(storage);
    other.arrive();
    other.outbox.add("b");
    const [here, there] = [tab.socket.take("send"), other.socket.take("send")];
    assert.equal(here.key, there.key);
    const stored = { message: message(1, { key: here.key, user: { id: "ann", name: "Ann" } }) };
    tab.socket.bring(stored);
    other.socket.bring(stored);
    assert.deepEqual(tab.states, []);
    assert.deepEqual(other.states, ["b pending"]);
    assert.equal(kept(), 1, "neither has overwritten the other's");
  });

  it("does not repeat by itself what the node may have forgotten", () => {
    tab.arrive();
    tab.outbox.add("a");
    const { key } = tab.socket.take("send");
    tab.socket.end();
    pass(5 * MINUTE);
    tab.outbox.add("b");
    tab.socket.end();
    pass(15_000);
    tab.arrive();
    assert.deepEqual(tab.states, ["a failed", "b pending"]);
    assert.equal(tab.outbox.items[0].refusal, null, "nobody knows");
    tab.store(tab.socket.take("send").id, 1);
    tab.outbox.retry(tab.outbox.items[0]);
    assert.equal(tab.socket.take("send").key, key, "if it is still known, it is not doubled");
  });

  it("sends late what was never sent before", () => {
    tab.outbox.add("a");
    tab.socket.end();
    pass(60 * MINUTE);
    tab.arrive();
    assert.equal(tab.socket.take("send").text, "a");
  });

  it("does not repeat as a new user what another one may have said", () => {
    tab.arrive();
    tab.outbox.add("a");
    tab.socket.take("send");
    tab.comeBack({ id: "ann2", name: "Ann" });
    assert.deepEqual(tab.states, ["a failed"]);
    assert.equal(tab.outbox.items[0].refusal, null, "nobody knows");
  });

  it("is done with a message that it sent as the user it was before", () => {
    tab.arrive();
    tab.outbox.add("a");
    const { key } = tab.socket.take("send");
    tab.comeBack({ id: "ann2", name: "Ann" });
    tab.socket.bring({ message: message(1, { key, user: { id: "ann2", name: "Ann" } }) });
    assert.deepEqual(tab.states, ["a failed"], "that is another message");
    tab.socket.bring({ message: message(2, { key, user: { id: "ann", name: "Ann" } }) });
    assert.deepEqual(tab.states, []);
    assert.equal(kept(), 0);
  });

  it("forgets at a reset what was stored in the log that is gone", () => {
    tab.arrive();
    tab.outbox.add("a");
    tab.store(tab.socket.take("send").id, 1);
    assert.deepEqual(tab.states, ["a sent"]);
    tab.socket.bring({ reset: { room: "lobby", reason: "fork", head: { seq: 0, id: "" } } });
    assert.deepEqual(tab.states, []);
  });

  it("changes what was said, in order with what else is said, and repeats that with the same key", () => {
    tab.arrive();
    const said = message(7, { user: { id: "ann", name: "Ann" } });
    tab.outbox.edit(said, "better");
    tab.outbox.react(said, "👍", true);
    tab.outbox.react(said, "👍", false);
    tab.outbox.add("so", said);
    tab.outbox.delete(said);
    const of = { seq: 7, id: "id7" };
    const edit = tab.socket.take("edit");
    assert.deepEqual([edit.room, edit.of, edit.text], ["lobby", of, "better"]);
    assert.equal(kept(), 5);
    tab.comeBack();
    const again = tab.socket.take("edit");
    assert.equal(again.key, edit.key);
    tab.store(again.id, 8);
    const react = tab.socket.take("react");
    assert.deepEqual([react.of, react.emoji], [of, "👍"]);
    tab.store(react.id, 9);
    tab.store(tab.socket.take("unreact").id, 10);
    const answer = tab.socket.take("send");
    assert.deepEqual([answer.text, answer.reply], ["so", of]);
    tab.store(answer.id, 11);
    tab.store(tab.socket.take("delete").id, 12);
    assert.deepEqual(tab.states, ["so sent"]);
  });

  it("tells that a change was refused, and keeps nothing of it", () => {
    const failed = [];
    tab.outbox.on("failed", ({ verb, refusal }) => failed.push(`${verb} ${refusal.code}`));
    tab.arrive();
    tab.outbox.delete(message(7));
    tab.outbox.add("a");
    tab.refuse(tab.socket.take("delete").id, { code: "forbidden" });
    assert.deepEqual(failed, ["delete forbidden"]);
    assert.equal(kept(), 1);
    assert.equal(tab.socket.take("send").text, "a");
  });

  it("keeps the text of an edit that was refused", () => {
    tab.arrive();
    tab.outbox.edit(message(7), "better");
    tab.refuse(tab.socket.take("edit").id, { code: "forbidden" });
    assert.deepEqual(tab.states, ["better failed"]);
    assert.deepEqual(new Tab(storage).states, ["better failed"]);
    tab.outbox.retry(tab.outbox.items[0]);
    tab.store(tab.socket.take("edit").id, 8);
    assert.deepEqual([tab.states, kept()], [[], 0]);
  });

  it("works in a browser that keeps nothing, and with what others have left there", () => {
    const refusing = new Proxy(storage, {
      get() {
        throw new Error("refused");
      },
    });
    const privateTab = new Tab(refusing);
    privateTab.arrive();
    privateTab.outbox.add("a");
    assert.equal(privateTab.socket.take("send").text, "a");

    storage.setItem("chorus.outbox:lobby:x", "{nonsense");
    storage.setItem("chorus.outbox:lobby:y", "7");
    assert.deepEqual(new Tab(storage).states, []);
  });

  it("keeps what waits under the name that the node has for the room", () => {
    const early = new Tab(storage, "Lobby");
    early.outbox.add("a");
    early.arrive();
    early.store(early.socket.take("send").id, 1);
    early.outbox.add("b");
    assert.deepEqual(new Tab(storage, "Lobby").states, [], "what is stored is not there to be sent again");
    assert.deepEqual(new Tab(storage).states, ["b pending"]);
  });
});
