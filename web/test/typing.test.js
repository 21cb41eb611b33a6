import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Connection } from "../lib/connection.js";
import { Identity } from "../lib/identity.js";
import { Room } from "../lib/room.js";
import { Store } from "../lib/store.js";
import { FakeNetwork, FakeStorage, message, pass, startTime, stopTime } from "./fakes.js";

describe("Typing", () => {
  const bob = { id: "bob", name: "Bob" };
  let network, room, typing;

  beforeEach(() => {
    stopTime();
    const storage = new FakeStorage();
    network = new FakeNetwork();
    const connection = new Connection({ url: "ws://chat/ws", identity: new Identity(new Store(() => storage)), open: network.open });
    connection.start();
    network.last.welcome();
    room = new Room(connection, "lobby", new Store(() => storage));
    typing = room.typing;
    room.enter();
    network.last.bring({ id: network.last.take("join").id, joined: { room: "lobby", head: { seq: 0, id: "" }, access: "write" } });
  });
  afterEach(startTime);

  const shown = () => typing.users.map(({ name }) => name).join(" ");
  const writes = (user, room = "lobby") => network.last.bring({ typing: { room, user, seconds: 6 } });

  it("shows who is writing, until it expires", () => {
    writes(bob);
    assert.equal(shown(), "Bob");
    pass(4000);
    writes({ id: "cy", name: "Cy" });
    assert.equal(shown(), "Bob Cy");
    writes({ id: "di", name: "Di" });
    assert.equal(shown(), "Bob Cy Di");
    pass(2500);
    assert.equal(shown(), "Cy Di");
    pass(6000);
    assert.equal(shown(), "");
  });

  it("stops with the message that was written", () => {
    writes(bob);
    network.last.bring({ message: message(1, { user: bob }) });
    assert.equal(shown(), "");
  });

  it("shows neither oneself nor other rooms, and nothing once it has ended", () => {
    writes({ id: "ann", name: "Ann" });
    writes(bob, "elsewhere");
    assert.equal(shown(), "");
    room.leave();
    writes(bob);
    assert.equal(shown(), "");
  });

  it("tells the others now and then, and at once after a message", () => {
    typing.say();
    assert.deepEqual(network.last.take("typing").room, "lobby");
    typing.say();
    assert.deepEqual(network.last.sent, []);
    pass(4000);
    typing.say();
    network.last.take("typing");
    network.last.bring({ message: message(1, { user: { id: "ann", name: "Ann" } }) });
    typing.say();
    network.last.take("typing");
  });
});
