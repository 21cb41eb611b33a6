/** @import {Connection} from "./connection.js" */
/** @import {Answers, Commands} from "./protocol.js" */
import { Emitter } from "./emitter.js";
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
    return this.#insist("moderate", { room: this.name, key: newKey(), action, user, ...how });
  }

  /**
   * Says something that everybody is to notice.
   *
   * @param {string} text
   */
  announce(text) {
    return this.#insist("announce", { room: this.name, key: newKey(), text });
  }

  /** Returns who is muted or banned. */
  async sanctions() {
    const { sanctions } = await this.#connection.ask("sanctions", { room: this.name });
    return sanctions;
  }

  /**
   * Most people are no moderators, so it is loaded when it is needed.
   *
   * @template {"moderate" | "announce"} V
   * @param {V} verb
   * @param {Commands[V]} fields
   * @returns {Promise<Answers[V]>}
   */
  async #insist(verb, fields) {
    const { insist } = await import("./insist.js");
    return insist(this.#connection, verb, fields);
  }
}
