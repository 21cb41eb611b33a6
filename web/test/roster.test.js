import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Emitter } from "../lib/emitter.js";
import { Roster } from "../lib/roster.js";

describe("Roster", () => {
  const ann = { id: "ann", name: "Ann" };
  const bob = { id: "bob", name: "Bob" };
  const begin = () => {
    const connection = new Emitter();
    const end = new AbortController();
    return { connection, end, roster: new Roster(connection, { name: "tea" }, end.signal) };
  };
  const names = ({ users }) => users && [...users.values()].map(({ name }) => name);

  it("follows who comes and goes in its room", () => {
    const { connection, roster } = begin();
    assert.equal(names(roster), null);
    connection.emit("roster", { room: "tea", count: 1, users: [ann] });
    connection.emit("presence", { room: "tea", count: 2, joined: [bob] });
    connection.emit("presence", { room: "lobby", count: 9, left: ["ann"] });
    connection.emit("presence", { room: "tea", count: 2, changed: [{ ...ann, name: "Anna" }] });
    assert.deepEqual([roster.count, names(roster)], [2, ["Anna", "Bob"]]);
    connection.emit("presence", { room: "tea", count: 1, left: ["ann"] });
    assert.deepEqual([roster.count, names(roster)], [1, ["Bob"]]);
  });

  it("knows only how many there are of a crowd", () => {
    const { connection, roster } = begin();
    connection.emit("roster", { room: "tea", count: 1000 });
    connection.emit("presence", { room: "tea", count: 999 });
    assert.deepEqual([roster.count, names(roster)], [999, null]);
  });

  it("knows nothing without a connection, or when one was put out, and hears nothing after its end", () => {
    const { connection, end, roster } = begin();
    connection.emit("roster", { room: "tea", count: 1, users: [ann] });
    connection.emit("removed", { room: "lobby" });
    assert.deepEqual([roster.count, names(roster)], [1, ["Ann"]]);
    connection.emit("removed", { room: "tea" });
    assert.deepEqual([roster.count, names(roster)], [0, null]);
    connection.emit("roster", { room: "tea", count: 1, users: [ann] });
    connection.emit("state", { name: "waiting" });
    assert.deepEqual([roster.count, names(roster)], [0, null]);
    end.abort();
    connection.emit("roster", { room: "tea", count: 1, users: [ann] });
    assert.equal(roster.count, 0);
  });
});
