// What parts of the page need that are loaded when they are first used: a stylesheet of their own, and the
// words of all such parts.

import { language, learn } from "./words.js";

const CATALOGUES = { en: () => import("./words/later/en.js"), "zh-CN": () => import("./words/later/zh-CN.js") };

/** @type {Map<string, Promise<void>>} what is being loaded or is there, by name */
const loaded = new Map();

/**
 * Loads the words of what is loaded later, and stylesheets. It is to be awaited before any of it is shown.
 *
 * @param {...string} sheets their names in css/
 */
export async function needs(...sheets) {
  await Promise.all([
    once("words", async () => learn((await CATALOGUES[language]()).default)),
    ...sheets.map((sheet) => once(sheet, () => style(sheet))),
  ]);
}

/**
 * Loads something, unless it is there. What could not be loaded is tried again by whoever needs it next.
 *
 * @param {string} name
 * @param {() => Promise<void>} load
 */
function once(name, load) {
  const known = loaded.get(name);
  if (known) return known;
  const loading = load();
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

/**
 * @param {string} sheet
 * @returns {Promise<void>}
 */
function style(sheet) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`../css/${sheet}`, import.meta.url).href;
  return new Promise((done, failed) => {
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      failed(new Error(`${sheet} could not be loaded`));
    };
    document.head.append(link);
  });
}
