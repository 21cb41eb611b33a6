import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Drafts } from "../lib/drafts.js";
import { Store } from "../lib/store.js";
import { FakeStorage, message, pass, startTime, stopTime } from "./fakes.js";

describe("Drafts", () => {
  let storage;
  const open = () => new Drafts(new Store(() => storage));
  const kept = () => Array.from({ length: storage.length }, (_, i) => storage.key(i));

  beforeEach(() => {
    storage = new FakeStorage();
    stopTime();
  });
  afterEach(startTime);

  it("are there again after a reload, in their rooms", () => {
    open().keep("lobby", { text: "half a" });
    open().keep("attic", { text: "thought" });
    assert.equal(open().of("lobby").text, "half a");
    assert.equal(open().of("attic").text, "thought");
    assert.deepEqual(open().of("cellar"), { text: "" });
  });

  it("know what they answer, and what was put aside for an edit", () => {
    const aside = { text: "an ans", replyTo: message(1) };
    open().keep("lobby", { text: "better", editing: message(2, { reactions: [{ emoji: "👍", users: ["ann"] }] }), aside });
    const { editing, aside: before } = open().of("lobby");
    assert.deepEqual(editing, { seq: 2, id: "id2", user: { id: "bob", name: "Bob" }, text: "text 2" });
    assert.equal(before.text, "an ans");
    assert.equal(before.replyTo.seq, 1);
  });

  it("are forgotten when nothing is left of them", () => {
    open().keep("lobby", { text: "x" });
    open().keep("lobby", { text: "" });
    assert.deepEqual(kept(), []);
    open().keep("lobby", { text: "", replyTo: message(1) });
    assert.equal(open().of("lobby").replyTo.seq, 1, "an answer was begun");
  });

  it("do not fill the device", () => {
    const drafts = open();
    for (let i = 0; i < 60; i++) {
      drafts.keep(`room${i}`, { text: "x".repeat(100_000) });
      pass(1);
    }
    assert.equal(kept().length, 50);
    assert.equal(drafts.of("room9").text, "", "the oldest are forgotten");
    assert.equal(drafts.of("room59").text.length, 20_000);
  });

  it("are nothing where something else stands in their place", () => {
    for (const nonsense of ["{", "null", '"x"', '{"draft":{"text":1}}']) {
      storage.setItem("chorus.draft:lobby", nonsense);
      assert.deepEqual(open().of("lobby"), { text: "" }, nonsense);
    }
  });
});
