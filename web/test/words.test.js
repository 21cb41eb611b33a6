import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";

import { LANGUAGES, pick } from "../js/words.js";
import first from "../js/words/en.js";
import later from "../js/words/later/en.js";

/** All that the page says, and what of it is there from the beginning. */
const en = { ...first, ...later };
const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const page = read("index.html");
const code = readdirSync(new URL("../js", import.meta.url)).filter((name) => name.endsWith(".js")).map((name) => read(`js/${name}`)).join("\n");
const others = Object.keys(LANGUAGES).filter((language) => language !== "en");
/** The {names} in what a key stands for, in all plural forms. */
const places = (words) => [...new Set(JSON.stringify(words).match(/\{\w+\}/g) ?? [])].sort();

describe("What the page says", () => {
  for (const language of others) {
    it(`is all there in ${language}, about the same things`, async () => {
      for (const [where, english] of [["words", first], ["words/later", later]]) {
        const { default: words } = await import(`../js/${where}/${language}.js`);
        assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort());
        for (const key of Object.keys(english)) assert.deepEqual(places(words[key]), places(english[key]), key);
      }
    });
  }

  it("is said by one catalogue only", () => {
    assert.equal(Object.keys(en).length, Object.keys(first).length + Object.keys(later).length);
  });

  it("stands in the catalogues, and nothing in them is of no use", () => {
    const inPage = [...page.matchAll(/data-words(?:-\w+)?="([^"]+)"/g)].map(([, key]) => key);
    for (const key of inPage) assert.ok(key in first, `the page names ${key}`);
    const prefixes = [...code.matchAll(/`([\w-]+\.)\$\{/g)].map(([, prefix]) => prefix);
    for (const key of Object.keys(en)) {
      const used = inPage.includes(key) || code.includes(`"${key}"`) || prefixes.some((prefix) => key.startsWith(prefix));
      assert.ok(used, `nothing uses ${key}`);
    }
  });

  it("is nowhere else in the page", () => {
    const body = page.slice(page.indexOf("<body>")).replace(/<noscript>.*<\/noscript>/, "");
    const texts = [...body.matchAll(/>([^<]+)</g)].map(([, text]) => text.trim()).filter((text) => /\p{L}{2}/u.test(text));
    assert.deepEqual(texts, []);
    assert.deepEqual(body.match(/(?<![\w-])(aria-label|placeholder|title)="[^"]*"/g) ?? [], []);
  });

  it("is in the language that was chosen, or else that the browser asks for", () => {
    assert.equal(pick(null, ["fr-FR", "zh-Hans-CN", "en"]), "zh-CN");
    assert.equal(pick(null, ["en-GB", "zh"]), "en");
    assert.equal(pick(null, ["fr"]), "en");
    assert.equal(pick("zh-CN", ["en"]), "zh-CN");
    assert.equal(pick("nonsense", []), "en");
  });
});
