import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { directRoom, partnerIn } from "../lib/direct.js";
import { Identity } from "../lib/identity.js";
import { Mailbox } from "../lib/mailbox.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, pass, startTime, stopTime } from "./fakes.js";

const room = "~ann~bob";
const bob = { id: "bob", name: "Bob" };
const at = (seq) => ({ seq, id: `id${seq}` });

describe("Mailbox", () => {
  let network, mailbox;

  beforeEach(() => {
    stopTime();
    network = new FakeNetwork();
    const connection = new Connection({ url: "ws://chat/ws", identity: new Identity(new Store(() => new FakeStorage())), open: network.open });
    mailbox = new Mailbox(connection);
    connection.start();
    network.last.welcome(); // as Ann
  });
  afterEach(startTime);

  const answer = (rooms) => network.last.bring({ id: network.last.take("mailbox").id, mailbox: { rooms } });
  const shown = () => mailbox.rooms.map(({ user, unread }) => `${user.name} ${unread}`);

  it("asks with each connection, and again where the database does not answer", () => {
    network.last.bring({ id: network.last.take("mailbox").id, error: { code: "unavailable", message: "no", retryable: true, retry_after_ms: 1000 } });
    pass(2000);
    answer([{ room, user: bob, head: at(3), read: at(1), unread: 2 }]);
    assert.deepEqual(shown(), ["Bob 2"]);
    assert.equal(mailbox.unread, 1);
    network.last.end();
    pass(30_000);
    network.last.welcome();
    answer([]);
    assert.deepEqual(shown(), []);
  });

  it("puts whoever has written last in front, and counts what is unread", () => {
    answer([
      { room: "~ann~eve", user: { id: "eve", name: "Eve" }, head: at(1), read: at(1), unread: 0 },
      { room, user: bob, head: at(3), read: at(1), unread: 2 },
      { room: "lobby", head: at(9), read: at(2), unread: 7 },
    ]);
    network.last.bring({ notice: { room, user: bob, head: at(4) } });
    network.last.bring({ notice: { room: "~ann~joe", user: { id: "joe", name: "Joe" }, head: at(1) } });
    assert.deepEqual(shown(), ["Joe 1", "Bob 3", "Eve 0"]);
    network.last.bring({ read: { room, user: "ann", at: at(4) } }); // on another device
    assert.deepEqual(shown(), ["Joe 1", "Bob 0", "Eve 0"]);
  });

  it("keeps the other one's name when one writes oneself", () => {
    answer([{ room, user: bob, head: at(3), read: at(3), unread: 0 }]);
    network.last.bring({ notice: { room, user: { id: "ann", name: "Ann" }, head: at(4) } });
    assert.deepEqual(shown(), ["Bob 1"]);
    network.last.bring({ notice: { room: "~ann~joe", user: { id: "ann", name: "Ann" }, head: at(1) } });
    network.last.take("mailbox");
  });

  it("remembers what was read while it was asking", () => {
    answer([]);
    network.last.bring({ notice: { room, user: { id: "ann", name: "Ann" }, head: at(1) } }); // begun by oneself
    mailbox.markRead(room, at(1));
    answer([{ room, user: bob, head: at(1), read: at(0), unread: 1 }]);
    assert.deepEqual(shown(), ["Bob 0"]);
  });

  it("keeps what was told while it was asking", () => {
    const joe = { id: "joe", name: "Joe" };
    let noticed = 0;
    mailbox.on("noticed", () => noticed++);
    network.last.bring({ notice: { room, user: bob, head: at(4) } });
    network.last.bring({ notice: { room: "~ann~joe", user: joe, head: at(1) } });
    network.last.bring({ notice: { room: "~ann~eve", user: { id: "eve", name: "Eve" }, head: at(1) } });
    network.last.bring({ read: { room: "~ann~eve", user: "ann", at: at(2) } }); // on another device
    answer([
      { room: "~ann~eve", user: { id: "eve", name: "Eve" }, head: at(2), read: at(1), unread: 1 }, // more than was told
      { room, user: bob, head: at(3), read: at(1), unread: 2 }, // less
    ]);
    assert.deepEqual(shown(), ["Joe 1", "Bob 3", "Eve 0"]);
    assert.equal(noticed, 3);
  });

  it("asks again where something was missed", () => {
    answer([]);
    network.last.bring({ mailbox: { missed: true } });
    network.last.take("mailbox");
  });

  it("moves a mark once for what comes together, in each room", () => {
    answer([{ room, user: bob, head: at(3), read: at(1), unread: 2 }]);
    for (const seq of [2, 3]) mailbox.markRead(room, at(seq));
    mailbox.markRead("lobby", at(7));
    mailbox.markRead("lobby", at(8));
    assert.deepEqual(network.last.sent, []);
    pass(1000);
    const { id, ...fields } = network.last.take("read");
    assert.deepEqual(fields, { room, at: at(3) });
    assert.deepEqual(network.last.take("read").at, at(8));
    assert.deepEqual(network.last.sent, []);
    assert.deepEqual(mailbox.markOf("lobby"), at(8));
    network.last.bring({ id, read: { room, user: "ann", at: at(3) } });
    assert.deepEqual(shown(), ["Bob 0"]);
  });

  it("tells what no node has taken with the next connection, and later where the database does not answer", () => {
    answer([]);
    mailbox.markRead("lobby", at(7));
    pass(1000);
    network.last.take("read");
    network.last.end();
    mailbox.markRead("tea", at(2));
    pass(30_000);
    network.last.welcome();
    const [{ id }, tea] = [network.last.take("read"), network.last.take("read")];
    assert.deepEqual(tea.at, at(2));
    network.last.take("mailbox");
    network.last.bring({ id: tea.id, read: { room: "tea", user: "ann", at: at(2) } });
    network.last.bring({ id, error: { code: "unavailable", message: "no", retryable: true, retry_after_ms: 3000 } });
    pass(2999);
    assert.deepEqual(network.last.sent, []);
    pass(1);
    const again = network.last.take("read");
    assert.deepEqual(again.at, at(7));
    network.last.bring({ id: again.id, error: { code: "fork", message: "no", retryable: false } });
    mailbox.tellMarks();
    assert.deepEqual(network.last.sent, []);
  });

  it("tells how far the other one has read", () => {
    const heard = [];
    mailbox.on("read", (mark) => heard.push(mark.at.seq));
    network.last.bring({ read: { room, user: "bob", at: at(2) } });
    assert.deepEqual(heard, [2]);
  });
});

describe("A direct room", () => {
  it("is the same for both", () => {
    assert.equal(directRoom("bob", "ann"), room);
    assert.equal(directRoom("ann", "Bob"), "~Bob~ann");
    assert.equal(partnerIn(room, "bob"), "ann");
    for (const other of ["lobby", "~ann", "~ann~", "~eve~bob", "~ann~bob~eve", "ann~bob"]) assert.equal(partnerIn(other, "ann"), null);
  });
});
