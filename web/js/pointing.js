/** @import {Parts} from "./actions.js" */
import { byId } from "./dom.js";
import { jumpTo } from "./jump.js";
import { needs } from "./lazily.js";
import { openPersonMenu } from "./person-menu.js";
import { Toolbar } from "./toolbar.js";

/**
 * Returns it when all is there that it needs.
 *
 * @param {Parts} parts
 */
export async function openPointing(parts) {
  await needs("toolbar.css");
  return new Pointing(parts);
}

/**
 * Finds out with which message somebody wants to do something.
 *
 * Each message has a button that opens its toolbar. Tab leads to one of them, and the arrow keys from there to
 * the others, so that it is not a long way from before the messages to behind them.
 */
export class Pointing {
  #parts;
  #list = byId("messages", HTMLElement);
  #toolbar;
  /** @type {HTMLElement | null} the button that Tab leads to */
  #chosen = null;

  /** @param {Parts} parts `signal` ends it */
  constructor(parts) {
    this.#parts = parts;
    this.#toolbar = new Toolbar(parts);
    const { room, signal } = parts;
    for (const type of ["click", "focusin", "pointermove"]) {
      this.#list.addEventListener(type, (event) => this.take(event), { signal, passive: true });
    }
    this.#list.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.#left(), { signal });
    room.on("message", () => this.#chooseNewest(), signal);
    this.#chooseNewest();
  }

  /** @param {Event} event */
  take(event) {
    const { type, target } = event;
    if (!(target instanceof Element)) return;
    if (type === "click") this.#clicked(target);
    else if (type === "focusin") this.#focused(target);
    else if (event instanceof PointerEvent) this.#moved(event, target);
  }

  /** @param {Element} target */
  #clicked(target) {
    const reaction = target.closest(".reaction");
    const more = target.closest(".more");
    if (reaction instanceof HTMLElement) this.#react(reaction);
    else if (target.closest(".quote")) this.#jump(target);
    else if (more) this.#toolbar.enter(more);
    else this.#meet(target.closest(".avatar, .author"));
  }

  /**
   * Shows what can be done with an author. The keyboard finds the same in the toolbar.
   *
   * @param {Element | null} sign
   */
  #meet(sign) {
    const { room, log } = this.#parts;
    const message = sign && log.messageOf(sign);
    if (sign instanceof HTMLElement && message) void openPersonMenu({ user: message.user, room, anchor: sign });
  }

  /** @param {HTMLElement} reaction */
  #react(reaction) {
    const { room, log } = this.#parts;
    const message = log.messageOf(reaction);
    if (message) room.outbox.react(message, reaction.dataset["emoji"] ?? "", reaction.ariaPressed !== "true");
  }

  /** @param {Element} quote */
  #jump(quote) {
    const reply = this.#parts.log.messageOf(quote)?.reply;
    if (reply) void jumpTo(reply, this.#parts);
  }

  /** @param {Element} target */
  #focused(target) {
    if (!(target instanceof HTMLElement) || !target.matches(".more")) return;
    this.#choose(target);
    if (target.matches(":focus-visible")) this.#toolbar.show(target);
  }

  /**
   * @param {PointerEvent} event
   * @param {Element} target
   */
  #moved({ pointerType, movementX, movementY }, target) {
    // Browsers say so as well where the messages move under a mouse that lies there.
    if (pointerType !== "mouse" || (movementX === 0 && movementY === 0)) return;
    const item = target.closest("#messages > .message");
    if (item) this.#toolbar.show(item);
  }

  #left() {
    if (this.#list.querySelector(":is(.more, .toolbar *):focus-visible")) return; // the keyboard is at it
    this.#toolbar.hide();
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
}
