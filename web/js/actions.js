/** @import {Composer} from "./composer.js" */
/** @import {LogView} from "./log-view.js" */
/** @import {Room} from "../lib/room.js" */
/** @import {Toolbar} from "./toolbar.js" */
import { byId } from "./dom.js";

/**
 * What is needed for something to be done with a message, and how it is done.
 *
 * @typedef {{room: Room, log: LogView, composer: Composer, signal: AbortSignal}} Parts
 */

/**
 * Finds out that somebody wants to do something with a message. What can be done is loaded then.
 *
 * Each message has a button that opens its toolbar. Tab leads to one of them, and the arrow keys from there to
 * the others, so that it is not a long way from before the messages to behind them.
 */
export class Actions {
  #parts;
  #list = byId("messages", HTMLElement);
  /** @type {HTMLElement | null} the button that Tab leads to */
  #chosen = null;
  /** @type {Element | null} the message that the mouse is on */
  #pointed = null;
  /** @type {Promise<Toolbar> | null} */
  #toolbar = null;

  /** @param {Parts} parts `signal` ends it */
  constructor(parts) {
    this.#parts = parts;
    const { room, signal } = parts;
    this.#list.addEventListener("click", ({ target }) => this.#clicked(elementOf(target)), { signal });
    this.#list.addEventListener("focusin", ({ target }) => this.#focused(elementOf(target)), { signal });
    this.#list.addEventListener("pointermove", (event) => this.#moved(event), { signal, passive: true });
    this.#list.addEventListener("pointerleave", () => this.#left(), { signal });
    room.on("message", () => this.#chooseNewest(), signal);
    this.#chooseNewest();
  }

  /** @param {Element | null} target */
  #clicked(target) {
    const reaction = target?.closest(".reaction");
    const more = target?.closest(".more");
    if (reaction instanceof HTMLElement) this.#react(reaction);
    else if (more) this.#use((toolbar) => toolbar.enter(more));
  }

  /** @param {HTMLElement} reaction */
  #react(reaction) {
    const { room, log } = this.#parts;
    const message = log.messageOf(reaction);
    if (message) room.outbox.react(message, reaction.dataset["emoji"] ?? "", reaction.ariaPressed !== "true");
  }

  /** @param {Element | null} target */
  #focused(target) {
    if (!(target instanceof HTMLElement) || !target.matches(".more")) return;
    this.#choose(target);
    if (target.matches(":focus-visible")) this.#use((toolbar) => toolbar.show(target));
  }

  /** @param {PointerEvent} event */
  #moved({ target, pointerType, movementX, movementY }) {
    // Browsers say so as well where the messages move under a mouse that lies there.
    if (pointerType !== "mouse" || (movementX === 0 && movementY === 0)) return;
    const item = elementOf(target)?.closest(".message") ?? null;
    this.#pointed = item;
    if (item) this.#use((toolbar) => this.#pointed === item && toolbar.show(item));
  }

  #left() {
    this.#pointed = null;
    if (this.#list.querySelector(":is(.more, .toolbar *):focus-visible")) return; // the keyboard is at it
    void this.#toolbar?.then((toolbar) => toolbar.hide());
  }

  #chooseNewest() {
    const more = this.#list.lastElementChild?.querySelector(".more");
    if (more instanceof HTMLElement && !this.#list.contains(document.activeElement)) this.#choose(more);
  }

  /** @param {HTMLElement} more */
  #choose(more) {
    if (this.#chosen) this.#chosen.tabIndex = -1;
    this.#chosen = more;
    more.tabIndex = 0;
  }

  /** @param {(toolbar: Toolbar) => void} use */
  #use(use) {
    this.#toolbar ??= import("./toolbar.js").then(({ openToolbar }) => openToolbar(this.#parts));
    // Without a network it can't be loaded; then it is tried again with the next message.
    this.#toolbar.then(use, () => (this.#toolbar = null));
  }
}

/** @param {EventTarget | null} target */
function elementOf(target) {
  return target instanceof Element ? target : null;
}
