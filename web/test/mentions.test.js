import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { mentions, mentionsIn } from "../lib/mentions.js";

describe("mentions", () => {
  it("finds a name behind an @, whatever its case", () => {
    for (const text of ["@Ann", "hi @ann!", "(@ANN)", "@bob @ann"]) assert.ok(mentions(text, "Ann"), text);
    assert.deepEqual(mentionsIn("@Ann and @ann", new Set(["ann"])), [[0, 4], [9, 13]]);
  });

  it("takes neither addresses nor longer names for it", () => {
    for (const text of ["ann", "@anna", "joe@ann", "joe@ann.example", "@ann2", "", "@"]) assert.ok(!mentions(text, "Ann"), text);
    assert.ok(!mentions("@", ""));
  });

  it("knows names of several words, and scripts without spaces", () => {
    assert.ok(mentions("ask @Ann Lee, please", "Ann Lee"));
    assert.ok(mentions("请@王伟看一下", "王伟"));
    assert.ok(mentions("@Ann你好", "Ann"));
  });

  it("takes the longest of several names", () => {
    const names = new Set(["ann", "ann lee", "bob"]);
    assert.deepEqual(mentionsIn("@Ann Lee and @ann, not @Ann Leek", names), [[0, 8], [13, 17], [23, 27]]);
  });
});
