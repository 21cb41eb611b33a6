import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isCommand, meant, sendable } from "../js/draft-text.js";

describe("What is written", () => {
  it("is sent without empty lines around it, and as it stands in between", () => {
    assert.equal(sendable("\n  \n  one\n\n  two \n"), "  one\n\n  two");
    assert.equal(sendable(" \n\t"), "");
  });

  it("is sent without characters that nobody can see", () => {
    assert.equal(sendable("a\u0000b\u001bc\td"), "abc\td");
  });

  it("is a command if it begins with a slash, and with two it is a message with one", () => {
    assert.ok(isCommand("/join tea"));
    for (const text of ["join", " /join", "//join", "1/2", ""]) assert.ok(!isCommand(text), text);
    assert.equal(meant("//join"), "/join");
    assert.equal(meant("see //join"), "see //join");
  });
});
