import { say } from "./words.js";

/** From here on it is the bottom, in pixels: browsers scroll by fractions. */
const SLACK = 4;

/** What is scrolled, where that is only a part of all there is. */
/** @typedef {{atEnd: boolean, showNewest: () => void}} Part */

/**
 * Keeps the reader's place. At the bottom it stays at the bottom, whatever is put in; anywhere
 * else the message that is being read stays where it is, and a button says how many new ones
 * there are. What changes the layout (messages, older history above, the window, the composer)
 * need not say so: all of it is seen here, after layout and before anything is painted.
 */
export class Scroll {
  #scroller;
  #items;
  #button;
  #atBottom = true;
  #news = 0;
  /** Where the scroller was at last. */
  #top = 0;
  /** @type {{item: Element, top: number} | null} the first item in sight, and its place there */
  #anchor = null;

  /** @type {Part} */
  part = { atEnd: true, showNewest() {} };

  /**
   * @param {object} elements
   * @param {HTMLElement} elements.scroller
   * @param {HTMLElement} elements.content what it scrolls
   * @param {HTMLElement} elements.items the list that is being read, one element below another
   * @param {HTMLElement} elements.button
   */
  constructor({ scroller, content, items, button }) {
    this.#scroller = scroller;
    this.#items = items;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => {
      this.toBottom();
      scroller.focus({ preventScroll: true });
    });
    const observer = new ResizeObserver(() => this.#settle());
    observer.observe(scroller);
    observer.observe(content);
  }

  /**
   * Something new was put in at the end. At the bottom it counts only until it is painted: the reader
   * may have scrolled up a moment ago, and the event of it still be on its way.
   *
   * @param {number} [count] how many messages
   */
  arrived(count = 1) {
    this.#news += count;
    if (!this.#atBottom) this.#showButton();
  }

  /** Whether the reader is at the bottom, and not just leaving: the event of it may be on its way. */
  get atBottom() {
    return this.#atBottom && this.#scroller.scrollTop >= this.#top;
  }

  toBottom() {
    this.part.showNewest();
    this.#atBottom = true;
    this.#settle();
  }

  /**
   * Leads to an element, a little below the upper edge.
   *
   * @param {Element} item
   */
  to(item) {
    this.#atBottom = false;
    this.#scroller.scrollTop += this.#place(item) - this.#scroller.clientHeight / 4;
    this.#scrolled();
  }

  /** Something else is shown. As much may have gone as has come, and then no size tells of it. */
  moved() {
    if (this.#atBottom && !this.part.atEnd) {
      this.#atBottom = false;
      this.#anchor = this.#firstInSight();
    }
    this.#settle();
  }

  #distance() {
    return this.#scroller.scrollHeight - this.#scroller.clientHeight - this.#scroller.scrollTop;
  }

  #scrolled() {
    const top = this.#scroller.scrollTop;
    if (this.part.atEnd && this.#distance() <= SLACK) this.#atBottom = true;
    // Only going up leaves the bottom: otherwise it is the bottom that has moved away.
    else if (top < this.#top) this.#atBottom = false;
    this.#top = top;
    this.#anchor = this.#atBottom ? null : this.#firstInSight();
    this.#showButton();
  }

  /** Puts right what a change of the layout has moved. */
  #settle() {
    if (this.#atBottom) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else if (this.#anchor?.item.isConnected) {
      const moved = this.#place(this.#anchor.item) - this.#anchor.top;
      if (Math.abs(moved) >= 1) this.#scroller.scrollTop += moved;
    }
    this.#top = this.#scroller.scrollTop;
    this.#showButton();
  }

  #showButton() {
    if (this.#atBottom) this.#news = 0;
    const near = this.part.atEnd && this.#distance() < this.#scroller.clientHeight;
    this.#button.hidden = this.#atBottom || (this.#news === 0 && near);
    this.#button.dataset["count"] = String(this.#news);
    this.#button.textContent =
      this.#news === 0 ? say("messages.newest") : say("messages.new", { n: this.#news });
  }

  #firstInSight() {
    const items = this.#items.children;
    let [from, to] = [0, items.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#place(/** @type {Element} */ (items[middle]), "bottom") > 0) to = middle;
      else from = middle + 1;
    }
    const item = items[from];
    return item ? { item, top: this.#place(item) } : null;
  }

  /**
   * Returns how far below the scroller's upper edge an element is.
   *
   * @param {Element} element
   * @param {"top" | "bottom"} edge
   */
  #place(element, edge = "top") {
    return element.getBoundingClientRect()[edge] - this.#scroller.getBoundingClientRect().top;
  }
}
