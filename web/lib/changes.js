/** @import {Change, Message, Reaction} from "./protocol.js" */

/**
 * What an entry of the log makes of a message: the message as it is then, or the same one where it has
 * nothing to do with it. It does no harm to apply an entry that was applied before.
 *
 * @param {Message} message
 * @param {Message} entry
 * @returns {Message}
 */
export function changed(message, entry) {
  const { change } = entry;
  if (!change) return message;
  if (message.seq === change.of.seq && message.id === change.of.id) return applied(message, change, entry);
  const { reply } = message;
  if (reply?.seq === change.of.seq && reply.id === change.of.id) return requoted(message, change, entry);
  return message;
}

/**
 * @param {Message} message
 * @param {Change} change
 * @param {Message} entry
 * @returns {Message}
 */
function applied(message, { kind, emoji = "" }, entry) {
  if (message.deleted) return message;
  const { room, seq, id, key, user, time, reactions = [] } = message;
  switch (kind) {
    case "edit": // without a text it is not in force any more
      return entry.text ? { ...message, text: entry.text, edited: true } : message;
    case "delete":
      return { room, seq, id, key, user, time, deleted: true };
    case "react":
      return { ...message, reactions: withReaction(reactions, emoji, entry.user.id) };
    case "unreact":
      return { ...message, reactions: withoutReaction(reactions, emoji, entry.user.id) };
    default: // of a newer node
      return message;
  }
}

/**
 * What a message quotes must not outlive what was said.
 *
 * @param {Message} message
 * @param {Change} change
 * @param {Message} entry
 * @returns {Message}
 */
function requoted(message, { kind }, entry) {
  const { reply } = message;
  if (!reply || reply.deleted) return message;
  const { seq, id, user } = reply;
  if (kind === "delete") return { ...message, reply: { seq, id, user, deleted: true } };
  if (kind === "edit" && entry.text) return { ...message, reply: { ...reply, text: excerpt(entry.text) } };
  return message;
}

/** How much of a message is quoted, in characters. */
const QUOTED = 100;

/**
 * The beginning of a text on one line, as nodes write it.
 *
 * @param {string} text
 */
export function excerpt(text) {
  const line = [...text.trim().replace(/\s+/gu, " ")];
  return line.length <= QUOTED ? line.join("") : `${line.slice(0, QUOTED - 1).join("")}…`;
}

/**
 * Keeps the order that nodes have, so that it is the same after loading anew.
 *
 * @param {Reaction[]} reactions
 * @param {string} emoji
 * @param {string} user
 * @returns {Reaction[]}
 */
function withReaction(reactions, emoji, user) {
  const known = reactions.find((each) => each.emoji === emoji);
  if (!known) return [...reactions, { emoji, users: [user] }].sort((a, b) => (a.emoji < b.emoji ? -1 : 1));
  if (known.users.includes(user)) return reactions;
  return reactions.map((each) => (each === known ? { emoji, users: [...each.users, user] } : each));
}

/**
 * @param {Reaction[]} reactions
 * @param {string} emoji
 * @param {string} user
 * @returns {Reaction[]}
 */
function withoutReaction(reactions, emoji, user) {
  return reactions
    .map((each) => (each.emoji === emoji ? { emoji, users: each.users.filter((id) => id !== user) } : each))
    .filter(({ users }) => users.length > 0);
}
