/** @import {Act, Message, Removed} from "../lib/protocol.js" */

/** @type {Record<string, (by: string, whom: string) => string>} */
const SENTENCES = {
  kick: (by, whom) => `${by} removed ${whom}`,
  mute: (by, whom) => `${by} muted ${whom}`,
  unmute: (by, whom) => `${by} lets ${whom} speak again`,
  ban: (by, whom) => `${by} banned ${whom}`,
  unban: (by, whom) => `${by} lets ${whom} come again`,
};

/**
 * What a moderator did, in a sentence.
 *
 * @param {Message} message
 * @param {Act} act
 */
export function actSentence({ user, text }, { kind, user: whom, until }) {
  const sentence = SENTENCES[kind]?.(user.name, whom.name ?? "somebody") ?? `${user.name} did something that this page does not know`;
  return sentence + (until ? ` until ${moment(until)}` : "") + (text ? `: ${text}` : ".");
}

/**
 * Why one is in a room no longer, in a sentence.
 *
 * @param {Removed} removed
 */
export function removedSentence({ reason, until }) {
  switch (reason) {
    case "kicked":
      return "A moderator has removed you from this room.";
    case "banned":
      return `A moderator has banned you from this room${until ? ` until ${moment(until)}` : ""}.`;
    default:
      return "You may not be in this room any more.";
  }
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param {string} time */
function moment(time) {
  return MOMENT.format(new Date(time));
}
