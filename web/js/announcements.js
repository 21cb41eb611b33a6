/** @import {Everywhere} from "../lib/everywhere.js" */
import { byId, find } from "./dom.js";
import { say } from "./words.js";

/** Shows what is announced to all, whatever room is on the screen, until it was read. */
export class Announcements {
  #element = byId("announcement", HTMLElement);
  #text = find(this.#element, ".text", HTMLElement);

  /** @param {Everywhere} everywhere */
  constructor(everywhere) {
    everywhere.on("announced", (message) => {
      const said = say("announced", { by: message.user.name, text: message.text ?? "" });
      this.#text.textContent = this.#element.hidden ? said : `${this.#text.textContent}\n${said}`;
      this.#element.hidden = false;
    });
    find(this.#element, "button", HTMLButtonElement).addEventListener("click", () => {
      this.#element.hidden = true;
      byId("scroller", HTMLElement).focus({ preventScroll: true }); // the button had the focus
    });
  }
}
