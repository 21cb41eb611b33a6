/** @import {Place, Places} from "./places.js" */
import { addressOf } from "./address.js";
import { showAvatar } from "./avatar.js";
import { byId, find } from "./dom.js";
import { KeyedList } from "./keyed-list.js";
import { say } from "./words.js";

/** Shows where one can go. On narrow screens it is a drawer. */
export class Sidebar {
  #places;
  #drawer = byId("sidebar", HTMLElement);
  #unread = byId("unread", HTMLElement);
  #rooms = listOf("rooms");
  #alone = listOf("direct");
  #aloneTitle = byId("direct-title", HTMLElement);
  #shown = "";

  /** @param {Places} places */
  constructor(places) {
    this.#places = places;
    this.#drawer.addEventListener("click", ({ target }) => {
      if (target instanceof Element && target.closest("a")) this.close();
    });
    // Where there is room for it, it is beside the conversation, as css/layout.css says.
    matchMedia("(width >= 45rem)").addEventListener("change", () => this.close());
    byId("settings", HTMLButtonElement).addEventListener("click", async () => (await import("./settings-dialog.js")).openSettings());
    byId("find", HTMLButtonElement).addEventListener("click", async () => {
      this.close();
      const { openFinder } = await import("./finder.js");
      await openFinder();
    });
    this.#drawer.addEventListener("toggle", () => this.#seek());
    places.on("changed", (all) => this.#show(all));
  }

  /** Puts the drawer away. */
  close() {
    this.#drawer.hidePopover();
  }

  /** @param {Place[]} all */
  #show(all) {
    const items = all.map((place) => ({ place, current: place.name === this.#places.current }));
    this.#rooms.show(items.filter(({ place }) => !place.user));
    this.#alone.show(items.filter(({ place }) => place.user));
    this.#aloneTitle.hidden = !all.some(({ user }) => user);
    const calls = all.reduce((sum, place) => sum + place.calls, 0);
    this.#unread.hidden = calls === 0;
    this.#unread.textContent = say("unread", { n: calls });
    if (this.#shown !== this.#places.current) this.#seek();
    this.#shown = this.#places.current;
  }

  /** Scrolls to where one is. */
  #seek() {
    this.#drawer.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }
}

/** @typedef {{place: Place, current: boolean}} Item */

/**
 * @param {string} id
 * @returns {KeyedList<Item>}
 */
function listOf(id) {
  return new KeyedList({ list: byId(id, HTMLElement), template: "place", key: ({ place }) => place.name, fill });
}

/**
 * @param {HTMLElement} element
 * @param {Item} item
 */
function fill(element, { place: { name, user, here, unread, calls }, current }) {
  const link = find(element, "a", HTMLAnchorElement);
  const sign = find(link, ".sign", HTMLElement);
  link.href = addressOf(name);
  link.ariaCurrent = current ? "page" : null;
  link.dataset["calls"] = String(calls > 0);
  if (user) {
    sign.classList.add("avatar");
    showAvatar(sign, user);
  }
  find(link, ".name", HTMLElement).textContent = user ? user.name || say("somebody") : name;
  find(link, ".here", HTMLElement).hidden = !here;
  find(link, ".badge", HTMLElement).hidden = unread === 0;
  find(link, ".count", HTMLElement).textContent = say("count", { n: unread });
  find(link, ".unread", HTMLElement).textContent = say("unread", { n: unread });
}
