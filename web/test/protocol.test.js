import assert from "node:assert/strict";
import { it } from "node:test";

import { characters, complaint } from "../lib/protocol.js";

it("characters are code points", () => {
  for (const [text, want] of [["", 0], ["abc", 3], ["é", 1], ["😀", 1], ["👩‍👧", 3], ["a😀b\n", 4]]) {
    assert.equal(characters(text), want, text);
  }
});

it("a complaint does not name the field, people see it", () => {
  assert.equal(complaint({ message: "send.text: too long", field: "send.text" }), "too long");
  assert.equal(complaint({ message: "send.text: too long", field: "text" }), "send.text: too long");
  assert.equal(complaint({ message: "the token is not valid" }), "the token is not valid");
});
