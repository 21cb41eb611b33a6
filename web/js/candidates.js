/** @import {Begun} from "./completing.js" */
import { COMMANDS, DECISIONS } from "./command-line.js";
import { rank } from "./completing.js";
import { knownPeople } from "./known-people.js";
import { thePage } from "./page.js";
import { language, say } from "./words.js";

/** So many are shown at most: more would have to be read. */
const MOST = 8;

/**
 * What something that was begun can become.
 *
 * @typedef {object} Candidate
 * @property {string} text what is written then
 * @property {string} label
 * @property {string} note
 * @property {string[]} names by which it is found
 */

/**
 * Returns what can be meant, the best first.
 *
 * @param {Begun} begun
 * @param {string} sign with which it begins, "@" or none
 * @returns {Promise<Candidate[]>}
 */
export async function candidates({ kind, word }, sign) {
  const all = kind === "person" ? people(sign) : kind === "command" ? commands() : await emoji();
  const ranked = all.map((candidate) => ({ candidate, at: rank(word, candidate.names) })).filter(({ at }) => at >= 0);
  // What stands there already needs no completion.
  if (ranked.length === 1 && ranked[0]?.candidate.names[0]?.toLowerCase() === word && kind !== "emoji") return [];
  return ranked.sort((a, b) => a.at - b.at).slice(0, MOST).map(({ candidate }) => candidate);
}

/**
 * @param {string} sign
 * @returns {Candidate[]}
 */
function people(sign) {
  return knownPeople().map(({ name }) => ({ text: `${sign}${name} `, label: name, note: "", names: [name] }));
}

/** @returns {Candidate[]} */
function commands() {
  const all = thePage().room().access === "moderate" ? [...COMMANDS, ...DECISIONS] : COMMANDS;
  return all.map((name) => ({ text: `/${name} `, label: say(`usage.${name}`), note: say(`command.${name}`), names: [name] }));
}

/** @returns {Promise<Candidate[]>} */
async function emoji() {
  const { EMOJI } = await import("./emoji.js");
  const spoken = (/** @type {string} */ name) => /\p{Script=Han}/u.test(name) === (language === "zh-CN");
  return EMOJI.map(({ emoji: sign, names }) => ({
    text: `${sign} `,
    label: `${sign} ${names.find(spoken) ?? names[0]}`,
    note: "",
    names,
  }));
}
