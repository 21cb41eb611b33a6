/** @import {Act, Message, Removed} from "../lib/protocol.js" */
import { isKey, language, say } from "./words.js";

/**
 * What a moderator did, in a sentence.
 *
 * @param {Message} message
 * @param {Act} act
 */
export function actSentence({ user, text }, { kind, user: whom, until }) {
  const key = `act.${kind}${until ? "-until" : ""}`;
  const values = { by: user.name, whom: whom.name ?? say("somebody"), ...(until && { until: moment(until) }) };
  const act = say(isKey(key) ? key : "act.unknown", values);
  return text ? say("act.with-reason", { act, reason: text }) : say("act.without-reason", { act });
}

/**
 * Why one is in a room no longer, in a sentence.
 *
 * @param {Removed} removed
 */
export function removedSentence({ reason, until }) {
  if (until) return say("removed.banned-until", { until: moment(until) });
  const key = `removed.${reason}`;
  return say(isKey(key) ? key : "removed.rights");
}

const MOMENT = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/**
 * Returns when something is, for people.
 *
 * @param {string} time
 */
export function moment(time) {
  return MOMENT.format(new Date(time));
}
