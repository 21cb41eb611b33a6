/** @import {Connection} from "../lib/connection.js" */
import { byId, find } from "./dom.js";
import { EVERYWHERE } from "../lib/protocol.js";
import { say } from "./words.js";

/** Shows what is announced to all, whatever room is on the screen, until it was read. */
export class Announcements {
  #element = byId("announcement", HTMLElement);
  #text = find(this.#element, ".text", HTMLElement);

  /** @param {Connection} connection */
  constructor(connection) {
    connection.on("message", (message) => {
      if (message.room !== EVERYWHERE || !message.announcement) return;
      this.#text.textContent = say("announced", { by: message.user.name, text: message.text ?? "" });
      this.#element.hidden = false;
    });
    find(this.#element, "button", HTMLButtonElement).addEventListener("click", () => {
      this.#element.hidden = true;
    });
  }
}
