// What is begun just before the caret, and can be finished.

/**
 * @typedef {object} Begun
 * @property {"person" | "emoji" | "command"} kind
 * @property {number} from where it begins, with its sign
 * @property {string} word what there is of it, without its sign and in lower case
 */

const COMMAND = /^\/(\S*)$/;
const FOR_SOMEBODY = /(?<=^\/(?:msg|kick|mute|unmute|ban|unban)\s+)@?([^@\s][^@\n]{0,40})$/;
// As in mentions: not within a word, but scripts without spaces have no such ends. Names may have spaces.
const PERSON = /(?<=^|[^\p{L}\p{N}_.]|\p{Script=Han})@([^@\n]{0,40})$/u;
// One letter is a smiley more often than the beginning of a word; one Chinese character is a word.
const EMOJI = /(?<=^|\s):([\p{L}\p{N}_+-]{2,20}|\p{Script=Han})$/u;

/**
 * Returns what is begun at the end of a text, or null.
 *
 * @param {string} before what stands before the caret
 * @returns {Begun | null}
 */
export function begun(before) {
  const command = COMMAND.exec(before);
  if (command) return { kind: "command", ...wordOf(command) };
  const emoji = EMOJI.exec(before); // before people, whose names may have spaces and go on until here
  if (emoji) return { kind: "emoji", ...wordOf(emoji) };
  const person = FOR_SOMEBODY.exec(before) ?? PERSON.exec(before);
  return person && { kind: "person", ...wordOf(person) };
}

/** @param {RegExpExecArray} match */
function wordOf({ index, 1: word = "" }) {
  return { from: index, word: word.toLowerCase() };
}

/**
 * Returns how well a word begins one of several names: 0 for the first name, 1 for another one or a word within one, and
 * -1 where it begins none.
 *
 * @param {string} word in lower case
 * @param {string[]} names
 */
export function rank(word, names) {
  const lower = names.map((name) => name.toLowerCase());
  if (lower[0]?.startsWith(word)) return 0;
  const within = (/** @type {string} */ name) => name.split(/[\s_-]/).some((part) => part.startsWith(word));
  return lower.some((name) => name.startsWith(word) || within(name)) ? 1 : -1;
}
