/** @import {Message} from "../lib/protocol.js" */
/** @import {Named} from "./rich-view.js" */
/** @import {Reader} from "./reactions.js" */
import { actSentence } from "./acts.js";
import { colour, showAvatar } from "./avatar.js";
import { byId, find, fromTemplate } from "./dom.js";
import { showReactions } from "./reactions.js";
import { showPlain, showText } from "./text-view.js";
import { dayName, now, sameDay, showTime } from "./times.js";
import { say } from "./words.js";

/** Messages of one author that are not further apart than this belong together. */
const TOGETHER = 5 * 60_000;
/** How long the log stays silent for screen readers after something old was put in. */
const SILENCE = 1000;

/** The messages of the log, as list items. What people wrote only ever becomes text. */
export class LogView {
  #log = byId("log", HTMLElement);
  #list = byId("messages", HTMLOListElement);
  /** @type {WeakMap<Element, Message>} */
  #messages = new WeakMap();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** The day on which the days were named. */
  #today = now();

  /** @type {Named & Reader} whom the messages are about */
  named = { id: "", me: "", names: new Set(), nameOf: () => undefined };

  /** The line is after the message with this seq, or the last one before it. */
  #readTo = Infinity;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#nameDays());
  }

  /** @param {number} seq up to which all was read when somebody came */
  set readTo(seq) {
    if (seq === this.#readTo) return;
    this.#readTo = seq;
    this.#placeAll();
  }

  /**
   * Shows messages after the others. Only one that comes alone is new.
   *
   * @param {Message[]} messages
   */
  append(messages) {
    if (messages.length !== 1) this.quieten();
    this.#nameDays();
    for (const message of messages) {
      const item = this.#item(message);
      this.#list.append(item);
      this.#place(item);
    }
  }

  /**
   * Shows messages before the others.
   *
   * @param {Message[]} messages
   */
  prepend(messages) {
    this.quieten();
    this.#nameDays();
    const first = this.#list.firstElementChild;
    const items = messages.map((message) => this.#item(message));
    this.#list.prepend(...items);
    for (const item of items) this.#place(item);
    if (first instanceof HTMLElement) this.#place(first);
  }

  /**
   * Shows a message as it is now, in its place.
   *
   * @param {Message} message
   */
  update(message) {
    const item = this.itemOf(message.seq);
    if (item) this.#fill(item, message);
  }

  /**
   * Returns the item of a message, if it is shown.
   *
   * @param {number} seq
   */
  itemOf(seq) {
    const item = this.#list.querySelector(`[data-seq="${seq}"]`);
    return item instanceof HTMLElement ? item : null;
  }

  /** @param {number} count how many of the oldest to drop */
  dropFirst(count) {
    for (let left = count; left > 0; left--) this.#list.firstElementChild?.remove();
    const first = this.#list.firstElementChild;
    if (first instanceof HTMLElement) this.#place(first);
  }

  /** @param {number} count how many of the newest to drop */
  dropLast(count) {
    for (let left = count; left > 0; left--) this.#list.lastElementChild?.remove();
  }

  /**
   * Returns the message that an element is a part of.
   *
   * @param {Element} element
   */
  messageOf(element) {
    const item = element.closest("[data-seq]");
    return item ? this.#messages.get(item) : undefined;
  }

  clear() {
    this.#list.replaceChildren();
  }

  /** Keeps screen readers from reading out what is old: for now and a moment longer. */
  quieten() {
    clearTimeout(this.#silence);
    this.#log.setAttribute("aria-live", "off");
    this.#silence = setTimeout(() => this.#log.setAttribute("aria-live", "polite"), SILENCE);
  }

  /** @param {Message} message */
  #item(message) {
    const { user, time, seq } = message;
    const item = fromTemplate("message");
    item.dataset["seq"] = String(seq);
    item.dataset["state"] = "sent";
    item.dataset["own"] = String(user.id === this.named.id);
    showAvatar(find(item, ".avatar", HTMLElement), user);
    const author = find(item, ".author", HTMLElement);
    author.textContent = user.name;
    colour(author, user);
    showTime(find(item, "time", HTMLTimeElement), new Date(time));
    this.#fill(item, message);
    return item;
  }

  /**
   * Puts what can change into an item.
   *
   * @param {HTMLElement} item
   * @param {Message} message
   */
  #fill(item, message) {
    const { text = "", edited = false, deleted = false, reply, reactions = [], act, announcement = false } = message;
    this.#messages.set(item, message);
    item.toggleAttribute("data-deleted", deleted);
    item.toggleAttribute("data-act", act !== undefined);
    item.toggleAttribute("data-announcement", announcement);
    const words = find(item, ".text", HTMLElement);
    if (deleted) showPlain(words, say("message.deleted"));
    else if (act) showPlain(words, actSentence(message, act));
    else void showText(words, text, this.named);
    find(item, ".edited", HTMLElement).hidden = !edited;
    find(item, ".quote", HTMLElement).hidden = !reply;
    if (reply) {
      const author = find(item, ".quoted-author", HTMLElement);
      author.textContent = reply.user.name;
      colour(author, reply.user);
      find(item, ".quoted-text", HTMLElement).textContent = reply.text ?? say("message.quoted-deleted");
    }
    showReactions(find(item, ".reactions", HTMLElement), reactions, this.named);
  }

  /** Names the days anew when it has become another one: what was today is yesterday then. */
  #nameDays() {
    const today = now();
    if (sameDay(today, this.#today)) return;
    this.#today = today;
    this.#placeAll();
  }

  #placeAll() {
    for (const item of this.#list.children) {
      if (item instanceof HTMLElement) this.#place(item);
    }
  }

  /**
   * Marks how an item stands to the one before it: `data-follows` if it continues what the same
   * person said, `data-day` if a new day begins, `data-unread` if what is new since somebody came does.
   *
   * @param {HTMLElement} item
   */
  #place(item) {
    const before = item.previousElementSibling;
    const message = this.#messages.get(item);
    const last = before && this.#messages.get(before);
    if (!message) return;
    const time = new Date(message.time);
    const lastTime = last && new Date(last.time);
    const newDay = !lastTime || !sameDay(time, lastTime);
    const unread = last && last.seq <= this.#readTo && message.seq > this.#readTo;
    const follows =
      !newDay && !unread && last?.user.id === message.user.id && last.user.name === message.user.name && time.getTime() - lastTime.getTime() < TOGETHER;
    item.toggleAttribute("data-follows", follows);
    if (newDay) item.dataset["day"] = dayName(time);
    else delete item.dataset["day"];
    if (unread) item.dataset["unread"] = say("messages.unread");
    else delete item.dataset["unread"];
  }
}
