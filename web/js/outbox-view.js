/** @import {Item, Outbox} from "../lib/outbox.js" */
/** @import {Named} from "./rich-view.js" */
import { why } from "./complaints.js";
import { byId, find, fromTemplate } from "./dom.js";
import { showText } from "./text-view.js";
import { byService, showTime } from "./times.js";
import { say } from "./words.js";

/** One's own messages that are not in the log yet, below it. */
export class OutboxView {
  #list = byId("outbox", HTMLOListElement);
  /** @type {Map<string, HTMLElement>} by the items' keys */
  #shown = new Map();
  #outbox;
  #named;
  #edit;
  #decided;

  /**
   * @param {object} options
   * @param {Outbox} options.outbox
   * @param {Named} options.named whom the messages may name
   * @param {(text: string) => void} options.edit takes back the text of a message that was not sent
   * @param {() => void} options.decided called when the buttons go away, and the focus with them
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ outbox, named, edit, decided, signal }) {
    this.#outbox = outbox;
    this.#named = named;
    this.#edit = edit;
    this.#decided = decided;
    this.#list.replaceChildren();
    for (const item of outbox.items) this.#put(item);
    outbox.on("put", (item) => this.#put(item), signal);
    outbox.on("gone", ({ key }) => this.#gone(key), signal);
  }

  /** @param {Item} item */
  #put(item) {
    if (item.verb !== "send") return; // a change is seen where it changes something
    const element = this.#shown.get(item.key) ?? this.#add(item);
    const failed = item.state === "failed";
    element.dataset["state"] = item.state;
    find(element, ".failure", HTMLElement).hidden = !failed;
    const unsure = failed && item.refusal === null;
    find(element, ".reason", HTMLElement).textContent = item.refusal ? why(item.refusal) : unsure ? say("sending.unsure") : "";
    // What was refused would be refused again; what may have arrived should not be written anew.
    find(element, ".retry", HTMLElement).hidden = !unsure;
    find(element, ".edit", HTMLElement).hidden = unsure;
  }

  /** @param {Item} item */
  #add({ key, text, at }) {
    const element = fromTemplate("outgoing");
    element.dataset["key"] = key;
    void showText(find(element, ".text", HTMLElement), text, this.#named);
    showTime(find(element, "time", HTMLTimeElement), byService(at));
    this.#on(element, ".retry", key, (item) => this.#outbox.retry(item));
    this.#on(element, ".discard", key, (item) => this.#outbox.discard(item));
    this.#on(element, ".edit", key, (item) => {
      this.#outbox.discard(item);
      this.#edit(item.text);
    });
    this.#shown.set(key, element);
    this.#list.append(element);
    return element;
  }

  /** @param {string} key */
  #gone(key) {
    this.#shown.get(key)?.remove();
    this.#shown.delete(key);
  }

  /**
   * Lets a button act on an item as it then is.
   *
   * @param {HTMLElement} element
   * @param {string} selector
   * @param {string} key
   * @param {(item: Item) => void} act
   */
  #on(element, selector, key, act) {
    find(element, selector, HTMLButtonElement).addEventListener("click", () => {
      const item = this.#outbox.items.find((each) => each.key === key);
      if (item) act(item);
      this.#decided();
    });
  }
}
