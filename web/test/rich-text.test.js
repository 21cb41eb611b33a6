import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isEmoji, richText } from "../js/rich-text.js";

/** The pieces on one line: [links], {code}, {{blocks}} and <names>. */
function read(text, ...names) {
  const around = { text: ["", ""], link: ["[", "]"], code: ["{", "}"], block: ["{{", "}}"], mention: ["<", ">"] };
  return richText(text, new Set(names))
    .map((piece) => around[piece.kind].join(piece.text))
    .join("");
}

/** Where the links of a text lead. */
function hrefs(text) {
  return richText(text).flatMap(({ href }) => href ?? []);
}

describe("links", () => {
  it("are addresses of pages and of mail", () => {
    assert.equal(read("see http://a.example and HTTPS://b.example:8080/c?d=e&f#g"), "see [http://a.example] and [HTTPS://b.example:8080/c?d=e&f#g]");
    assert.equal(read("mailto:ann@a.example"), "[mailto:ann@a.example]");
    assert.equal(read("https://zh.example/wiki/中国"), "[https://zh.example/wiki/中国]");
    assert.deepEqual(hrefs("https://A.example/ö"), ["https://a.example/%C3%B6"]);
  });

  it("end before what ends a sentence or surrounds them", () => {
    assert.equal(read("(https://a.example/x)."), "([https://a.example/x]).");
    assert.equal(read("https://a.example/x_(y), https://a.example/z!?"), "[https://a.example/x_(y)], [https://a.example/z]!?");
    assert.equal(read("<https://a.example> \"https://b.example\""), "<[https://a.example]> \"[https://b.example]\"");
    assert.equal(read("看https://a.example/x。好"), "看[https://a.example/x]。好");
    assert.equal(read("看https://a.example吧"), "看[https://a.example]吧");
  });

  it("lead nowhere but to pages and mail", () => {
    for (const text of [
      "javascript:alert(1)", "JavaScript://a.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>",
      "vbscript:x", "file:///etc/passwd", "blob:https", "//a.example", "xhttps://a.example", "https://", "https:// a", "mailto:", "https://:80",
    ]) {
      assert.deepEqual(hrefs(text), [], text);
    }
    assert.deepEqual(hrefs("java\nscript:https://a.example/"), ["https://a.example/"]);
  });

  it("lead where they seem to", () => {
    assert.deepEqual(hrefs("https://bank.example@evil.example/"), ["https://bank.example/"]);
    assert.deepEqual(hrefs("https://bаnk.example/"), [], "a Cyrillic letter in the host");
    assert.deepEqual(hrefs("https://bank.example\\@evil.example"), ["https://bank.example/"]);
    assert.equal(read("https://a.example/\u202egpj.exe"), "[https://a.example/]\u202egpj.exe", "a change of direction ends it");
    assert.equal(read("https://a.example/\u200bx"), "[https://a.example/]\u200bx", "and so does what can't be seen");
  });
});

describe("code", () => {
  it("is between backticks on one line", () => {
    assert.equal(read("run `go test` now"), "run {go test} now");
    assert.equal(read("`` a ` b ``"), "{ a ` b }");
    assert.equal(read("`a` and `b`"), "{a} and {b}");
    assert.equal(read("a `b\nc` d"), "a `b\nc` d");
  });

  it("is set apart between three", () => {
    assert.equal(read("so:\n```go\nx := 1\n\ny\n```\nyes"), "so:{{x := 1\n\ny}}yes");
    assert.equal(read("```a ` b```"), "{{a ` b}}");
    assert.equal(read("````\n```\n````"), "{{```}}");
  });

  it("is left alone by all else", () => {
    assert.equal(read("`https://a.example @ann`", "ann"), "{https://a.example @ann}");
    assert.equal(read("```\n@ann https://a.example\n```", "ann"), "{{@ann https://a.example}}");
  });

  it("needs an end, and something in it", () => {
    for (const text of ["`", "``", "```", "`a", "a``b`", "` `", "```\n```", "``` ````"]) assert.equal(read(text), text);
  });
});

describe("names", () => {
  it("are those of who is known, the longest first", () => {
    assert.equal(read("@Ann, ask @ann lee or @eve", "ann", "ann lee"), "<@Ann>, ask <@ann lee> or @eve");
    assert.equal(read("joe@ann.example https://a.example/@ann", "ann"), "joe@ann.example [https://a.example/@ann]");
  });
});

describe("a text", () => {
  it("is complete in its pieces", () => {
    for (const text of ["", "a", "<b>&amp;", "a\n\nb", "https://a.example, @ann: hi @", "\u202e\u0000 x", "\ud83d"]) {
      assert.equal(richText(text, new Set(["ann"])).map((piece) => piece.text).join(""), text);
    }
  });

  it("costs in proportion to its length, whatever it is", () => {
    const hostile = ["`", "``a", "`a ", "` ``", "https://", "https://a.", "https://a/)", "https://a/(", "mailto:a", "a.", "@", "@ann", "@ann ", "```\n", "\u200d", "👍"];
    for (const part of hostile) {
      const length = 200_000;
      const began = performance.now();
      richText(part.repeat(length / part.length), new Set(["ann", "ann lee"]));
      // A quadratic way takes minutes here, a linear one a fraction of a second.
      assert.ok(performance.now() - began < 5000, JSON.stringify(part));
    }
  });
});

describe("emoji", () => {
  it("are large when there are only a few", () => {
    for (const text of ["👍", "❤️", "👩‍👩‍👧 🏳️‍🌈", "🇩🇪🇫🇷", "👋🏽", "🎵\n🎶"]) assert.ok(isEmoji(text), text);
    for (const text of ["", " ", "12", "a👍", "👍!", "👍".repeat(5), "©", "#️⃣#", "\u200d", "👍".repeat(1000)]) assert.ok(!isEmoji(text), text);
  });
});
