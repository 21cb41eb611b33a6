/** @import {Connection} from "./connection.js" */
/** @import {Message} from "./protocol.js" */
import { Moderated } from "./moderated.js";
import { EVERYWHERE } from "./protocol.js";

/**
 * The whole service. What administrators decide here holds in all rooms. It is no room, and need not be joined.
 *
 * Events: `announced` with what an administrator tells all who are connected.
 *
 * @extends {Moderated<{announced: Message}>}
 */
export class Everywhere extends Moderated {
  /** @param {Connection} connection */
  constructor(connection) {
    super(connection, EVERYWHERE);
    connection.on("message", (message) => {
      if (message.room === EVERYWHERE && message.announcement) this.emit("announced", message);
    });
  }
}
