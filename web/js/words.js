// What the page says, in the language of whoever reads it. Everything it says stands in the catalogues
// in words/, so that what is missing in one of them is found.

import { Store } from "../lib/store.js";

/** Whether a language is there, and what it calls itself. */
export const LANGUAGES = Object.freeze({ en: "English", "zh-CN": "简体中文" });

/** @typedef {keyof typeof LANGUAGES} Language */
/** A text with {names} in it, or one for each plural form that the language has, chosen by `n`. */
/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} Words */
/** @typedef {keyof typeof import("./words/en.js").default | keyof typeof import("./words/later/en.js").default} Key */

const CHOSEN = "chorus.language";
const CATALOGUES = { en: () => import("./words/en.js"), "zh-CN": () => import("./words/zh-CN.js") };

const store = new Store();

/** The language of this page. */
export const language = pick(store.get(CHOSEN), globalThis.navigator?.languages ?? []);

const words = /** @type {Record<Key, Words>} */ ({ ...(await CATALOGUES[language]()).default });
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const lists = new Intl.ListFormat(language, { type: "conjunction" });

/**
 * Returns what a key stands for. Numbers are written as the language does; `n` chooses the plural.
 *
 * @param {Key} key
 * @param {Record<string, string | number>} [values] for the {names} in it
 */
export function say(key, values = {}) {
  const found = words[key];
  const text = typeof found === "string" ? found : (found[plurals.select(Number(values["n"]))] ?? found.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

/**
 * Adds words to the catalogue.
 *
 * @param {Partial<Record<Key, Words>>} more
 */
export function learn(more) {
  Object.assign(words, more);
}

/**
 * Whether a key is in the catalogue.
 *
 * @param {string} key
 * @returns {key is Key}
 */
export function isKey(key) {
  return Object.hasOwn(words, key);
}

/**
 * Returns names as an enumeration.
 *
 * @param {string[]} names
 */
export function listed(names) {
  return lists.format(names);
}

/**
 * Lets the page speak a language from now on: it is loaded anew.
 *
 * @param {Language} wanted
 */
export function speak(wanted) {
  store.set(CHOSEN, wanted);
  location.reload();
}

/**
 * Puts the words into a part of the page: `data-words` names those of an element's text, and `data-words-label`
 * those of its label.
 *
 * @param {ParentNode} root
 */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-words], [data-words-label]")) {
    if (!(element instanceof HTMLElement)) continue;
    const { words, wordsLabel } = element.dataset;
    if (words) element.textContent = say(/** @type {Key} */ (words));
    if (wordsLabel) element.ariaLabel = say(/** @type {Key} */ (wordsLabel));
  }
  for (const template of root.querySelectorAll("template")) translate(template.content);
}

/**
 * Returns the language that was chosen, or the first that the browser asks for and that is there.
 *
 * @param {string | null} chosen
 * @param {readonly string[]} asked
 * @returns {Language}
 */
export function pick(chosen, asked) {
  if (chosen && Object.hasOwn(LANGUAGES, chosen)) return /** @type {Language} */ (chosen);
  for (const wanted of asked) {
    if (/^zh\b/i.test(wanted)) return "zh-CN";
    if (/^en\b/i.test(wanted)) return "en";
  }
  return "en";
}
