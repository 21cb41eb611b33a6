// Direct rooms, as docs/protocol.md describes their names.

/**
 * Whether a room is for two alone.
 *
 * @param {string} room
 */
export function isDirect(room) {
  return room.startsWith("~");
}

/**
 * Returns the room of two users.
 *
 * @param {string} one
 * @param {string} other
 */
export function directRoom(one, other) {
  return one < other ? `~${one}~${other}` : `~${other}~${one}`;
}

/**
 * Returns the id of the other user of a direct room; null for any other room, and for one of other people.
 *
 * @param {string} room
 * @param {string | undefined} me
 */
export function partnerIn(room, me) {
  const [before, one, other, ...more] = room.split("~");
  if (before !== "" || !one || !other || more.length > 0) return null;
  return one === me ? other : other === me ? one : null;
}
