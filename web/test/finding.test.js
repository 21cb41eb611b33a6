import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { found, goals } from "../js/finding.js";
import { roomName } from "../js/room-name.js";

const titles = (all) => all.map(({ title }) => title);

describe("Finding", () => {
  const rooms = ["attic", "tea-room", "team", "green-tea", "steam"].map((title) => ({ title, room: title }));

  it("has first what begins so, then a word that does, then what has it somewhere", () => {
    assert.deepEqual(titles(found("tea", rooms)), ["tea-room", "team", "green-tea", "steam"]);
    assert.deepEqual(titles(found("#TEA", rooms)), ["tea-room", "team", "green-tea", "steam"]);
    assert.deepEqual(titles(found("coffee", rooms)), []);
  });

  it("has all for nothing, and first what is unread", () => {
    const all = rooms.map((room) => ({ ...room, unread: room.title === "team" ? 3 : 0 }));
    assert.deepEqual(titles(found(" ", all)), ["team", "attic", "tea-room", "green-tea", "steam"]);
  });

  it("does not care how wide a letter is", () => {
    assert.deepEqual(titles(found("Ｂｏｂ", [{ title: "Bob" }, { title: "小明" }])), ["Bob"]);
    assert.deepEqual(titles(found("明", [{ title: "Bob" }, { title: "小明" }])), ["小明"]);
  });

  it("offers nobody twice", () => {
    const [bob, eve] = [{ id: "b", name: "Bob" }, { id: "e", name: "Eve" }];
    const places = [
      { name: "tea", user: null, here: false, unread: 0, calls: 0 },
      { name: "~b~me", user: bob, here: true, unread: 1, calls: 1 },
    ];
    assert.deepEqual(titles(goals(places, [eve, bob, eve])), ["tea", "Bob", "Eve"]);
  });

  it("knows what room is meant", () => {
    assert.equal(roomName("  #Tea  Room "), "Tea-Room");
    assert.equal(roomName("#"), "");
  });
});
