/** @import {Composer} from "./composer.js" */
/** @import {Place, Places} from "./places.js" */
import { isDirect } from "../lib/direct.js";
import { byId, find } from "./dom.js";
import { say } from "./words.js";

/** Says where one is, also in the browser's tab; and there, that something is to be read. */
export class Heading {
  #places;
  #composer;
  #sign = byId("sign", HTMLElement);
  #title = byId("room-title", HTMLElement);
  #menu = byId("room-menu", HTMLButtonElement);
  #icon = find(document, 'link[rel="icon"]', HTMLLinkElement);

  /**
   * @param {object} parts
   * @param {Places} parts.places
   * @param {Composer} parts.composer says whom one writes to
   */
  constructor({ places, composer }) {
    this.#places = places;
    this.#composer = composer;
    this.#menu.addEventListener("click", async () => (await import("./room-menu.js")).openRoomMenu(this.#menu));
    places.on("changed", (all) => this.#show(all));
  }

  /** @param {Place[]} all */
  #show(all) {
    const { current } = this.#places;
    const direct = isDirect(current);
    const called = direct ? this.#places.partner(current) || say("somebody") : current;
    const address = direct ? called : `#${called}`;
    const calls = all.reduce((sum, place) => sum + place.calls, 0);
    this.#sign.textContent = direct ? "@" : "#";
    this.#title.textContent = called;
    this.#menu.hidden = direct;
    this.#composer.to = address;
    document.title = say(calls ? "title.calls" : "title", { n: calls, where: address });
    this.#showIcon(all.some(({ unread }) => unread > 0) ? "favicon-unread.svg" : "favicon.svg");
  }

  /** @param {string} name */
  #showIcon(name) {
    const { href } = new URL(`../${name}`, import.meta.url);
    if (this.#icon.href !== href) this.#icon.href = href; // set again, it would be loaded again
  }
}
