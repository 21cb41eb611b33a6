import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { begun, rank } from "../js/completing.js";

describe("What is begun", () => {
  it("is somebody's name behind an @, which may have spaces", () => {
    assert.deepEqual(begun("hi @"), { kind: "person", from: 3, word: "" });
    assert.deepEqual(begun("hi @Ann L"), { kind: "person", from: 3, word: "ann l" });
    assert.deepEqual(begun("请@王"), { kind: "person", from: 1, word: "王" });
    for (const text of ["joe@ann", "hi @ann\n"]) assert.equal(begun(text), null, text);
  });

  it("is an emoji behind a colon, but no smiley and no time of day", () => {
    assert.deepEqual(begun("fine :Thu"), { kind: "emoji", from: 5, word: "thu" });
    assert.deepEqual(begun("hi @Ann :thu"), { kind: "emoji", from: 8, word: "thu" });
    assert.deepEqual(begun(":笑"), { kind: "emoji", from: 0, word: "笑" });
    for (const text of [":D", ":)", "10:30", "see:this", "结果：好", ":a b"]) assert.equal(begun(text), null, text);
  });

  it("is a command at the very beginning, and then whom it is for", () => {
    assert.deepEqual(begun("/"), { kind: "command", from: 0, word: "" });
    assert.deepEqual(begun("/Mu"), { kind: "command", from: 0, word: "mu" });
    assert.deepEqual(begun("/msg bob b"), { kind: "person", from: 5, word: "bob b" });
    assert.deepEqual(begun("/ban @b"), { kind: "person", from: 5, word: "b" });
    for (const text of ["see /mu", "/join bob", "/msg ", ""]) assert.equal(begun(text), null, text);
  });
});

describe("A name", () => {
  it("is found by its beginning, and after that by another name or a word in it", () => {
    assert.equal(rank("an", ["Ann Lee"]), 0);
    assert.equal(rank("le", ["Ann Lee"]), 1);
    assert.equal(rank("eye", ["heart_eyes"]), 1);
    assert.equal(rank("赞", ["thumbsup", "赞"]), 1);
    assert.equal(rank("nn", ["Ann Lee"]), -1);
    assert.equal(rank("ann lee ", ["Ann Lee"]), -1);
  });
});
