/** @import {Connection} from "./connection.js" */
/** @import {Store} from "./store.js" */
import { Outbox } from "./outbox.js";
import { Room } from "./room.js";

/**
 * A room, and what is on its way there.
 *
 * @typedef {{room: Room, outbox: Outbox}} Place
 */

/**
 * The rooms that this page is in: the one that is shown, and those that one has gone away from
 * while something waited there to be sent. It is sent without being looked at; then they are left.
 */
export class Rooms {
  #connection;
  #store;
  /** @type {Set<Place>} those that are not shown */
  #unseen = new Set();

  /**
   * @param {Connection} connection
   * @param {Store} store
   */
  constructor(connection, store) {
    this.#connection = connection;
    this.#store = store;
  }

  /**
   * Makes a room to be shown, and its outbox: to be loaded and entered once the listeners are there.
   *
   * @param {string} name
   * @returns {Place}
   */
  open(name) {
    let known = name;
    for (const place of this.#unseen) {
      if (folded(place.room.name) !== folded(name)) continue;
      // A session joins a room once. What waits there is kept by this name, and found again.
      known = place.room.name;
      this.#leave(place);
    }
    const room = new Room(this.#connection, known);
    return { room, outbox: new Outbox(this.#connection, room, this.#store) };
  }

  /**
   * Takes over a room that is not shown any more, and leaves it once nothing waits there.
   *
   * @param {Place} place
   */
  close(place) {
    const { room, outbox } = place;
    const leaveIfDone = () => outbox.isWaiting || this.#leave(place);
    this.#unseen.add(place);
    outbox.on("put", leaveIfDone);
    outbox.on("gone", leaveIfDone);
    room.on("refused", () => this.#leave(place)); // nothing can be sent there
    room.on("removed", () => this.#leave(place));
    leaveIfDone();
  }

  /** @param {Place} place */
  #leave(place) {
    this.#unseen.delete(place);
    place.outbox.close();
    place.room.leave();
  }
}

/**
 * Returns what two spellings of one room's name have in common, as the node folds them.
 *
 * @param {string} name
 */
function folded(name) {
  if (name.startsWith("~")) return name; // ids are not folded
  return name.normalize("NFKC").toLowerCase();
}
