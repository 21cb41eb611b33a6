import { find } from "./dom.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";

/** How far from the edges of the window a menu stays, in pixels. */
const MARGIN = 8;

/**
 * A menu beside the element that it was opened from. It is gone when something was chosen, with Escape, or
 * with a press beside it; the focus goes back to where it came from then.
 */
export class Menu {
  #anchor;
  #element;

  /**
   * @param {HTMLElement} anchor
   * @param {string} label
   * @param {string} testid
   */
  constructor(anchor, label, testid) {
    this.#anchor = anchor;
    this.#element = make("div", { role: "menu", ariaLabel: label, popover: "auto", testid });
    this.#element.addEventListener("keydown", (event) => this.#key(event));
    this.#element.addEventListener("beforetoggle", (event) => {
      if (event.newState === "closed" && this.#element.contains(document.activeElement)) anchor.focus();
    });
    this.#element.addEventListener("toggle", (event) => {
      if (event.newState === "closed") this.#element.remove();
    });
  }

  /**
   * Adds what can be chosen, after what is there. The menu may be open by then.
   *
   * @param {string} text
   * @param {string} testid
   * @param {() => void} act
   */
  add(text, testid, act) {
    const item = make("button", { type: "button", className: "quiet", role: "menuitem", tabIndex: -1, testid }, text);
    item.addEventListener("click", () => {
      this.#element.hidePopover();
      const drawer = this.#anchor.closest("[popover]"); // which may cover what comes now
      if (drawer instanceof HTMLElement) drawer.hidePopover();
      act();
    });
    this.#element.append(item);
    if (this.#element.isConnected) this.#place();
  }

  async open() {
    await needs("menu.css");
    // In what the anchor is in: a popover would be closed by a press beside it, and a landmark says where one is.
    // Whoever it stood for may have gone meanwhile, and it with them.
    const around = this.#anchor.closest("[popover], dialog, header, nav, main, aside, footer") ?? find(document, "main", HTMLElement);
    around.append(this.#element);
    this.#element.showPopover();
    this.#place();
    this.#items[0]?.focus();
  }

  /** @returns {HTMLElement[]} */
  get #items() {
    return [...this.#element.querySelectorAll("button")];
  }

  #place() {
    const { style, offsetWidth, offsetHeight } = this.#element;
    const { left, top, bottom } = this.#anchor.getBoundingClientRect();
    const below = bottom + offsetHeight + MARGIN <= innerHeight;
    style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - offsetWidth - MARGIN))}px`;
    style.top = `${Math.max(MARGIN, below ? bottom : top - offsetHeight)}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = this.#items;
    const at = items.findIndex((item) => item === document.activeElement);
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 };
    const to = moves[event.key];
    if (event.key === "Tab") this.#element.hidePopover();
    else if (to === undefined) return;
    else items[to % items.length]?.focus();
    event.preventDefault();
  }
}
