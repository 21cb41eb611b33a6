import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { actSentence, removedSentence } from "../js/acts.js";
import { sentence } from "../js/status.js";
import { message } from "./fakes.js";

describe("What moderators do", () => {
  const did = (act, text = "") => actSentence(message(1, { text, act }), act);
  const eve = { id: "eve", name: "Eve" };

  it("is told in a sentence", () => {
    assert.equal(did({ kind: "kick", user: eve }), "Bob removed Eve.");
    assert.equal(did({ kind: "ban", user: eve }, "spam"), "Bob banned Eve: spam");
    assert.equal(did({ kind: "unmute", user: { id: "eve" } }), "Bob lets somebody speak again.");
    assert.match(did({ kind: "mute", user: eve, until: "2026-11-24T12:00:00.000Z" }, "calm down"), /^Bob muted Eve until .*2026.*: calm down$/);
    assert.match(did({ kind: "promote", user: eve }), /does not know/);
  });

  it("is told to those concerned", () => {
    assert.equal(removedSentence({ room: "a", reason: "kicked" }), "A moderator has removed you from this room.");
    assert.equal(removedSentence({ room: "a", reason: "banned" }), "A moderator has banned you from this room.");
    assert.match(removedSentence({ room: "a", reason: "banned", until: "2026-11-24T12:00:00.000Z" }), /until .*2026/);
    assert.match(removedSentence({ room: "a", reason: "rights" }), /may not/);
    assert.match(sentence({ name: "stopped", why: { code: 4501, message: "banned" } }), /banned/);
  });
});
