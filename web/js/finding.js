/** @import {Place} from "./places.js" */
/** @import {User} from "../lib/protocol.js" */

/** Something to go to: a room that one is in, somebody, or a room that is joined for it. */
/** @typedef {{title: string, room?: string, user?: User, unread?: number, isNew?: boolean}} Goal */

/** More than one would look through. */
const MOST = 30;

/**
 * Returns what somebody may mean, the best first; of what is as good, what is unread, and then what came first.
 *
 * @param {string} query
 * @param {Goal[]} goals
 */
export function found(query, goals) {
  const wanted = folded(query);
  return goals
    .map((goal) => ({ goal, rank: rank(folded(goal.title), wanted) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || Number(Boolean(b.goal.unread)) - Number(Boolean(a.goal.unread)))
    .slice(0, MOST)
    .map(({ goal }) => goal);
}

/**
 * Returns all that one can go to: where one is, whom one has talked to alone, and who else is there.
 *
 * @param {Place[]} places
 * @param {Iterable<User>} people
 * @returns {Goal[]}
 */
export function goals(places, people) {
  const known = new Map();
  for (const user of people) known.set(user.id, user);
  const there = places.map(({ name, user, unread }) => {
    if (user) known.delete(user.id);
    return { title: user ? user.name : name, room: name, unread, ...(user && { user }) };
  });
  return [...there, ...[...known.values()].map((user) => ({ title: user.name, user }))];
}

/**
 * What a query has to do with a title: it begins so, a word in it does, or it is somewhere in it.
 *
 * @param {string} title
 * @param {string} query
 */
function rank(title, query) {
  const at = title.indexOf(query);
  if (at <= 0) return at === 0 ? 0 : Infinity;
  return title.split(/[\s\-_.]+/).some((word) => word.startsWith(query)) ? 1 : 2;
}

/**
 * As rooms and names are compared: without a sign before it, and whatever its letters look like.
 *
 * @param {string} text
 */
function folded(text) {
  return text.trim().replace(/^[#@]/, "").normalize("NFKC").toLowerCase();
}
