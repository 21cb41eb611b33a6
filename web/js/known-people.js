/** @import {User} from "../lib/protocol.js" */
import { thePage } from "./page.js";

/**
 * Returns the others whom one may mean in the room on the screen: those who are there, then those who have said
 * something, the latest first.
 *
 * @returns {User[]}
 */
export function knownPeople() {
  const { connection, room } = thePage();
  const { roster, messages } = room();
  const here = [...(roster.users?.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  /** @type {Map<string, User>} */
  const byId = new Map();
  for (const user of [...here, ...messages.toReversed().map(({ user }) => user)]) {
    if (!byId.has(user.id) && user.id !== connection.user?.id) byId.set(user.id, user);
  }
  return [...byId.values()];
}
