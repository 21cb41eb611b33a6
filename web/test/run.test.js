import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Run } from "../lib/run.js";
import { message } from "./fakes.js";

describe("Run", () => {
  const edit = (seq, of, text) => message(seq, { text, change: { of: { seq: of, id: `id${of}` }, kind: "edit" } });
  const seqs = ({ messages }) => messages.map(({ seq }) => seq);
  const run = (...entries) => {
    const made = new Run();
    for (const entry of entries) made.add(entry);
    return made;
  };

  it("reaches from the oldest entry to the newest, of which only messages are shown", () => {
    const made = run(edit(4, 3, "new"), message(5), edit(6, 5, "new"));
    assert.deepEqual([made.oldest, made.newest], [{ seq: 4, id: "id4" }, { seq: 6, id: "id6" }]);
    assert.deepEqual(seqs(made), [5]);
  });

  it("knows what follows, and what it has", () => {
    const made = run(message(5));
    assert.deepEqual([5, 6].map((seq) => made.isFollowedBy(message(seq))), [false, true]);
    made.clear();
    made.beginEmpty();
    assert.ok(made.isFollowedBy(message(1)));
    assert.ok(!made.hasEarlier);
  });

  it("has its messages as they are now, and says which those are", () => {
    const reply = message(6, { reply: { seq: 5, id: "id5", user: { id: "bob", name: "Bob" }, text: "text 5" } });
    const made = run(message(5), reply);
    const found = made.change(edit(7, 5, "new"));
    assert.deepEqual(found, made.messages);
    assert.deepEqual([made.messages[0].text, made.messages[1].reply.text], ["new", "new"]);
    assert.deepEqual(made.change(edit(8, 1, "new")), [], "it is not there");
  });

  it("grows and shrinks at its beginning, while whoever looks at it sees what it was", () => {
    const made = run(message(5), message(6));
    const before = made.messages;
    assert.deepEqual(made.prepend([edit(3, 1, "new"), message(4)], true).map(({ seq }) => seq), [4]);
    assert.deepEqual([seqs(made), made.oldest.seq, made.hasEarlier], [[4, 5, 6], 3, true]);
    made.prepend([message(2)], false);
    assert.ok(!made.hasEarlier, "nothing older is kept");
    made.shorten(message(5));
    assert.deepEqual([seqs(made), made.oldest.seq, made.hasEarlier], [[5, 6], 5, true]);
    assert.deepEqual(before.map(({ seq }) => seq), [5, 6]);
  });
});
