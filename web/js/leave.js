/** @import {Room} from "../lib/room.js" */
import { LOBBY, addressOf } from "./address.js";
import { thePage } from "./page.js";

/**
 * Leaves a room for the one that is next to it in the list. There is always a room, so the lobby can't be left as the
 * last one.
 *
 * @param {Room} room
 */
export function leave(room) {
  const next = nextTo(room.name);
  if (next === room.name) return;
  // Going back in the browser's history would be joining it again.
  if (room.name === thePage().places.current) location.replace(addressOf(next));
  thePage().rooms.leave(room);
}

/**
 * Whether there is another place to go to.
 *
 * @param {Room} room
 */
export function mayLeave(room) {
  return nextTo(room.name) !== room.name;
}

/** @param {string} room */
function nextTo(room) {
  const names = thePage().places.all.map(({ name }) => name);
  const at = names.indexOf(room);
  return names[at + 1] ?? names[at - 1] ?? LOBBY;
}
