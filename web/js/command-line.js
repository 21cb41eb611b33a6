// How commands are written: a slash, the name, and what belongs to it.

/** @import {User} from "../lib/protocol.js" */

/** Those that everybody may use, in the order in which they are shown. */
export const COMMANDS = /** @type {const} */ (["help", "join", "leave", "msg", "nick"]);

/** Those of moderators; the last is one of administrators. */
export const DECISIONS = /** @type {const} */ (["kick", "mute", "unmute", "ban", "unban", "sanctions", "announce", "announce-all"]);

/** @typedef {typeof COMMANDS[number] | typeof DECISIONS[number]} CommandName */

/**
 * Returns the parts of a command. The name need not be one that there is.
 *
 * @param {string} text
 */
export function parts(text) {
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/s.exec(text) ?? [];
  return { name: name.toLowerCase(), rest: rest.trim() };
}

/**
 * @param {string} name
 * @returns {name is CommandName}
 */
export function isCommandName(name) {
  return /** @type {readonly string[]} */ ([...COMMANDS, ...DECISIONS]).includes(name);
}

/**
 * Returns those users whom a text begins with, as Name or @Name, and the rest of it. Names may have spaces, so the
 * longest that fits is meant; several people may be called alike.
 *
 * @param {string} text
 * @param {User[]} users
 */
export function addressees(text, users) {
  const from = text.replace(/^@/, "");
  const fits = users.filter(({ name }) => {
    const end = from.slice(name.length);
    return name !== "" && from.slice(0, name.length).toLowerCase() === name.toLowerCase() && /^(\s|$)/.test(end);
  });
  const length = Math.max(0, ...fits.map(({ name }) => name.length));
  const meant = new Map(fits.filter(({ name }) => name.length === length).map((user) => [user.id, user]));
  return { users: [...meant.values()], rest: from.slice(length).trim() };
}

/** @type {Record<string, number>} */
const SECONDS = { m: 60, min: 60, 分: 60, 分钟: 60, h: 3600, 小时: 3600, d: 86_400, 天: 86_400, w: 604_800, 周: 604_800 };

/**
 * Returns how many seconds the duration is that a text begins with, such as 10m, 1h or 3天, and the rest of it.
 * There are none where it begins otherwise.
 *
 * @param {string} text
 */
export function duration(text) {
  const [all = "", n = "0", unit = "m"] = /^(\d{1,4})\s?(m|min|分|分钟|h|小时|d|天|w|周)(?=\s|$)/i.exec(text) ?? [];
  return { seconds: Number(n) * (SECONDS[unit.toLowerCase()] ?? 0), rest: text.slice(all.length).trim() };
}
