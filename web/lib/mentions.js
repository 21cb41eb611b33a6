/**
 * Where a text names somebody, as @Name: the places of the @ and behind the name.
 *
 * @param {string} text
 * @param {string} name
 * @returns {[number, number][]}
 */
export function mentionsIn(text, name) {
  if (name === "") return [];
  /** @type {[number, number][]} */
  const found = [];
  const lower = text.toLowerCase();
  const wanted = `@${name.toLowerCase()}`;
  if (lower.length !== text.length) return []; // a letter that becomes two: the places would not be right
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    // Within a word it is an address, or a longer name. Scripts without spaces between words have no such ends.
    if (/[\p{L}\p{N}_.]$/u.test(text.slice(0, at)) && !/\p{Script=Han}$/u.test(text.slice(0, at))) continue;
    if (/^[\p{L}\p{N}_]/u.test(text.slice(end)) && !/^\p{Script=Han}/u.test(text.slice(end))) continue;
    found.push([at, end]);
  }
  return found;
}

/**
 * Whether a text names somebody.
 *
 * @param {string} text
 * @param {string} name
 */
export function mentions(text, name) {
  return mentionsIn(text, name).length > 0;
}
