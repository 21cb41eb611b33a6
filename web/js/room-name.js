/**
 * Returns the name of the room that somebody has written: without the sign before it, and with no spaces, which a
 * name can't have.
 *
 * @param {string} written
 */
export function roomName(written) {
  return written.trim().replace(/^#/, "").replace(/\s+/g, "-");
}
