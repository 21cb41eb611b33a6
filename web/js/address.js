// Which room is on the screen is what the page's address says behind the #.

/** Where one is when the address names no room. */
export const LOBBY = "lobby";

/** Returns the name of the room that the address names. */
export function roomInAddress() {
  const fragment = location.hash.slice(1);
  try {
    return decodeURIComponent(fragment) || LOBBY;
  } catch {
    return fragment;
  }
}

/**
 * Returns the address of a room.
 *
 * @param {string} room
 */
export function addressOf(room) {
  return `#${encodeURIComponent(room)}`;
}
