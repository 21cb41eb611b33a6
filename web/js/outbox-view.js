/** @import {Composer} from "./composer.js" */
/** @import {Item} from "../lib/outbox.js" */
/** @import {Named} from "./rich-view.js" */
/** @import {Room} from "../lib/room.js" */
import { byId, find, fromTemplate } from "./dom.js";
import { showText } from "./text-view.js";
import { byService, showTime } from "./times.js";

/** One's own messages that are not in the log yet, below it, and what was refused. */
export class OutboxView {
  #list = byId("outbox", HTMLOListElement);
  /** @type {Map<string, HTMLElement>} by the items' keys */
  #shown = new Map();
  #room;
  #named;
  #composer;

  /**
   * @param {object} options
   * @param {Room} options.room
   * @param {Named} options.named whom the messages may name
   * @param {Composer} options.composer gets back what was not sent
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ room, named, composer, signal }) {
    this.#room = room;
    this.#named = named;
    this.#composer = composer;
    this.#list.replaceChildren();
    const { outbox } = room;
    for (const item of outbox.items) this.#put(item);
    outbox.on("put", (item) => this.#put(item), signal);
    outbox.on("gone", ({ key }) => this.#gone(key), signal);
    outbox.on("failed", async (item) => (await import("./failure.js")).noteFailure(item, composer), signal);
  }

  /** @param {Item} item */
  #put(item) {
    const failed = item.state === "failed";
    if (item.verb !== "send" && !failed) return this.#gone(item.key); // a change is seen where it changes something
    const element = this.#shown.get(item.key) ?? this.#add(item);
    element.dataset["state"] = item.state;
    if (failed) void this.#showFailure(element, item);
    else element.querySelector(".failure")?.remove();
  }

  /**
   * @param {HTMLElement} element
   * @param {Item} item
   */
  async #showFailure(element, item) {
    const { showFailure } = await import("./failure.js");
    await showFailure(find(element, ".body", HTMLElement), item, this.#room, this.#composer);
  }

  /** @param {Item} item */
  #add({ key, text, at }) {
    const element = fromTemplate("outgoing");
    element.dataset["key"] = key;
    void showText(find(element, ".text", HTMLElement), text, this.#named);
    showTime(find(element, "time", HTMLTimeElement), byService(at));
    this.#shown.set(key, element);
    this.#list.append(element);
    return element;
  }

  /** @param {string} key */
  #gone(key) {
    this.#shown.get(key)?.remove();
    this.#shown.delete(key);
  }
}
