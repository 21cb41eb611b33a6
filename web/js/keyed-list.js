import { fromTemplate } from "./dom.js";

/**
 * Shows items as the children of a list. What stays keeps its element, and the focus that is in it.
 *
 * @template Item
 */
export class KeyedList {
  #list;
  #template;
  #key;
  #fill;
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();

  /**
   * @param {object} options
   * @param {HTMLElement} options.list
   * @param {string} options.template the id of the template that an element is a copy of
   * @param {(item: Item) => string} options.key what an item is known by
   * @param {(element: HTMLElement, item: Item) => void} options.fill shows an item, or what has become of it
   */
  constructor({ list, template, key, fill }) {
    this.#list = list;
    this.#template = template;
    this.#key = key;
    this.#fill = fill;
  }

  /** @param {Item[]} items */
  show(items) {
    const before = this.#elements;
    this.#elements = new Map();
    for (const item of items) {
      const key = this.#key(item);
      const element = before.get(key) ?? fromTemplate(this.#template);
      before.delete(key);
      this.#fill(element, item);
      this.#elements.set(key, element);
    }
    for (const gone of before.values()) gone.remove();
    let at = this.#list.firstElementChild;
    for (const element of this.#elements.values()) {
      if (element === at) at = at.nextElementSibling;
      else this.#list.insertBefore(element, at);
    }
  }
}
