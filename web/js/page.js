// What this page is made of, for the parts of it that are loaded when they are first used.

/** @import {Composer} from "./composer.js" */
/** @import {Connection} from "../lib/connection.js" */
/** @import {Everywhere} from "../lib/everywhere.js" */
/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {Places} from "./places.js" */
/** @import {Room} from "../lib/room.js" */
/** @import {Rooms} from "../lib/rooms.js" */
/** @import {Store} from "../lib/store.js" */
/** @import {User} from "../lib/protocol.js" */

/**
 * @typedef {object} Page
 * @property {Connection} connection
 * @property {Everywhere} everywhere
 * @property {Mailbox} mailbox
 * @property {Rooms} rooms
 * @property {Places} places
 * @property {Store} store
 * @property {Composer} composer
 * @property {() => Room} room returns the one on the screen
 * @property {(room: string) => void} go shows another one
 * @property {(user: User) => void} talkTo goes on alone with somebody
 * @property {() => void} askName asks the person at the page for another name
 * @property {(name: string) => void} rename asks a node for another name
 */

/** @type {Page | null} */
let page = null;

/** @param {Page} parts */
export function setPage(parts) {
  page = parts;
}

/** Returns the parts. Nothing is loaded later than the page itself but what somebody uses there. */
export function thePage() {
  if (page === null) throw new Error("the page is not there yet");
  return page;
}
