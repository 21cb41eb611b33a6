/** @import {Connection} from "./connection.js" */
import { Emitter } from "./emitter.js";
import { insist } from "./insist.js";
import { newKey } from "./key.js";

/**
 * A place in which moderators decide about others: a room, or everywhere. What they do is answered when it
 * is in the log; it is rejected with a ChorusError.
 *
 * @template {Record<string, any>} Events
 * @extends {Emitter<Events>}
 */
export class Moderated extends Emitter {
  /** @type {string} */
  name;

  #connection;

  /**
   * @param {Connection} connection
   * @param {string} name
   */
  constructor(connection, name) {
    super();
    this.#connection = connection;
    this.name = name;
  }

  /**
   * Does something to a user.
   *
   * @param {"kick" | "mute" | "unmute" | "ban" | "unban"} action
   * @param {string} user the id of somebody else
   * @param {{seconds?: number, reason?: string}} [how] how long it holds, for good where that is not said; and why
   */
  moderate(action, user, how = {}) {
    return insist(this.#connection, "moderate", { room: this.name, key: newKey(), action, user, ...how });
  }

  /**
   * Says something that everybody is to notice.
   *
   * @param {string} text
   */
  announce(text) {
    return insist(this.#connection, "announce", { room: this.name, key: newKey(), text });
  }

  /** Returns who is muted or banned. */
  async sanctions() {
    const { sanctions } = await this.#connection.ask("sanctions", { room: this.name });
    return sanctions;
  }
}
