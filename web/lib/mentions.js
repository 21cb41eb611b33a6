/**
 * Where a text names somebody, as @Name: the places of the @ and behind the name. Where one name begins
 * another one, the longer is meant.
 *
 * @param {string} text
 * @param {ReadonlySet<string>} names in lower case
 * @returns {[number, number][]}
 */
export function mentionsIn(text, names) {
  /** @type {[number, number][]} */
  const found = [];
  if (!text.includes("@")) return found;
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return found; // a letter that becomes two: the places would not be right
  const longest = Math.max(0, ...[...names].map((name) => name.length));
  for (let at = lower.indexOf("@"); at >= 0; at = lower.indexOf("@", at + 1)) {
    if (!beginsHere(lower, at)) continue;
    for (let end = Math.min(at + 1 + longest, lower.length); end > at + 1; end--) {
      if (!names.has(lower.slice(at + 1, end)) || !endsHere(lower, end)) continue;
      found.push([at, end]);
      break;
    }
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
  return mentionsIn(text, new Set([name.toLowerCase()])).length > 0;
}

// Within a word it is an address, or a longer name. Scripts without spaces between words have no such ends.

/**
 * @param {string} text
 * @param {number} at
 */
function beginsHere(text, at) {
  const before = text.slice(Math.max(0, at - 2), at);
  return !/[\p{L}\p{N}_.]$/u.test(before) || /\p{Script=Han}$/u.test(before);
}

/**
 * @param {string} text
 * @param {number} end
 */
function endsHere(text, end) {
  const behind = text.slice(end, end + 2);
  return !/^[\p{L}\p{N}_]/u.test(behind) || /^\p{Script=Han}/u.test(behind);
}
