/** @import {Parts} from "./actions.js" */
/** @import {Message} from "../lib/protocol.js" */
import { copy } from "./copying.js";
import { confirmDelete } from "./deleting.js";
import { byId } from "./dom.js";
import { pickEmoji } from "./emoji-picker.js";
import { ICONS, icon } from "./icons.js";
import { make } from "./make.js";
import { openPersonMenu } from "./person-menu.js";
import { say } from "./words.js";

/** What people react with most. */
const QUICK = ["👍", "❤️", "😂"];

/** What can be done with one message: the one that the mouse is on, or whose button has the focus. */
export class Toolbar {
  #room;
  #log;
  #composer;
  #element = make("div", { role: "group", className: "toolbar", ariaLabel: say("message.actions"), testid: "toolbar" });

  /** @param {Parts} parts */
  constructor({ room, log, composer, signal }) {
    this.#room = room;
    this.#log = log;
    this.#composer = composer;
    this.#element.ariaLive = "off"; // it is in the log, and nothing that was said
    const list = byId("messages", HTMLElement);
    list.addEventListener("keydown", (event) => this.#key(event), { signal });
    list.addEventListener("focusout", ({ relatedTarget }) => this.#leave(relatedTarget), { signal });
    document.addEventListener("pointerdown", ({ target }) => this.#leave(target), { signal });
    room.on("changed", (message) => this.#changed(message), signal);
    signal.addEventListener("abort", () => this.hide());
  }

  /**
   * Shows what can be done with the message that an element is in.
   *
   * @param {Element} part
   */
  show(part) {
    const message = this.#log.messageOf(part);
    const body = part.closest(".message")?.querySelector(".body");
    if (!message || !body || message.deleted || message.act) return this.hide();
    if (body.contains(this.#element)) return;
    this.#element.replaceChildren(...this.#buttons(message));
    body.append(this.#element);
    this.#press(message);
    const scroller = byId("scroller", HTMLElement).getBoundingClientRect();
    this.#element.classList.toggle("below", body.getBoundingClientRect().top - this.#element.offsetHeight < scroller.top);
  }

  /**
   * Shows it, and leads the focus into it.
   *
   * @param {Element} part
   */
  enter(part) {
    this.show(part);
    this.#element.querySelector("button")?.focus();
  }

  hide() {
    if (this.#element.contains(document.activeElement)) this.#composer.focus();
    this.#element.remove();
  }

  get #message() {
    return this.#log.messageOf(this.#element);
  }

  /** @param {Message} message */
  #changed(message) {
    if (this.#message?.seq !== message.seq) return;
    if (message.deleted) this.hide();
    else this.#press(message);
  }

  /**
   * Shows which of the reactions are one's own.
   *
   * @param {Message} message
   */
  #press({ reactions = [] }) {
    for (const button of this.#element.querySelectorAll("button")) {
      const reaction = reactions.find(({ emoji }) => emoji === button.value);
      if (button.value) button.ariaPressed = String(reaction?.users.includes(this.#log.named.id) ?? false);
    }
  }

  /** @param {Message} message */
  #buttons({ user }) {
    const own = user.id === this.#log.named.id;
    const { access, outbox } = this.#room;
    const buttons = [];
    if (access !== "read") {
      for (const emoji of QUICK) {
        const button = this.#button(emoji, say("action.react", { emoji }), "quick", (message, { ariaPressed }) => {
          outbox.react(message, emoji, ariaPressed !== "true");
        });
        button.value = emoji;
        buttons.push(button);
      }
      buttons.push(this.#button(icon(ICONS.smile), say("action.other"), "pick", (message) => this.#pick(message)));
      buttons.push(this.#button(icon(ICONS.reply), say("action.reply"), "reply", (message) => this.#reply(message)));
      if (own) buttons.push(this.#button(icon(ICONS.pencil), say("action.edit"), "edit-message", (message) => this.#edit(message)));
      if (own || access === "moderate") {
        const ask = (/** @type {Message} */ message) => confirmDelete(message, () => outbox.delete(message));
        buttons.push(this.#button(icon(ICONS.bin), say("action.delete"), "delete", ask));
      }
    }
    if (!own) buttons.push(this.#button(icon(ICONS.person), say("person.menu", { name: user.name }), "author-menu", (message) => this.#meet(message)));
    // Browsers give the clipboard to pages with TLS only.
    if (navigator.clipboard) {
      const copyText = (/** @type {Message} */ { text = "" }) => void copy(text, say("action.copied"), say("action.not-copied"));
      buttons.push(this.#button(icon(ICONS.copy), say("action.copy"), "copy", copyText));
    }
    return buttons;
  }

  /**
   * @param {string | Node} content
   * @param {string} label
   * @param {string} testid
   * @param {(message: Message, button: HTMLButtonElement) => void} act
   */
  #button(content, label, testid, act) {
    const button = make("button", { type: "button", className: "quiet", ariaLabel: label, title: label, testid }, content);
    button.addEventListener("click", () => {
      const message = this.#message;
      if (message) act(message, button);
    });
    return button;
  }

  /** @param {Message} message */
  #meet({ user }) {
    const more = this.#element.closest(".message")?.querySelector(".more"); // which stays when the focus leaves the toolbar
    if (more instanceof HTMLElement) void openPersonMenu({ user, room: this.#room, anchor: more });
  }

  /** @param {Message} message */
  async #pick(message) {
    const emoji = await pickEmoji("reaction");
    if (emoji) this.#room.outbox.react(message, emoji, true);
  }

  /** @param {Message} message */
  #reply(message) {
    this.#composer.replyTo = message;
    this.hide();
    this.#composer.focus();
  }

  /** @param {Message} message */
  #edit(message) {
    this.#composer.editing = message;
    this.hide();
    this.#composer.focus();
  }

  /** Leads the focus out of the toolbar, and then the toolbar away. */
  #back() {
    const more = this.#element.closest(".message")?.querySelector(".more");
    if (this.#element.contains(document.activeElement) && more instanceof HTMLElement) more.focus();
    else this.#element.remove();
  }

  /** @param {EventTarget | null} to where somebody goes on */
  #leave(to) {
    const item = this.#element.closest(".message");
    if (to instanceof Node && !item?.contains(to)) this.#element.remove();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, target } = event;
    if (key === "Escape" && this.#element.isConnected) this.#back();
    else if (target instanceof Element && target.matches(".more")) {
      const buttons = [...byId("messages", HTMLElement).querySelectorAll(".more")];
      const at = buttons.indexOf(target);
      /** @type {Record<string, number>} */
      const moves = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1 };
      const next = buttons[moves[key] ?? -1];
      if (!(next instanceof HTMLElement)) return;
      next.focus();
    } else return;
    event.preventDefault();
  }
}
