import { byId } from "./dom.js";
import { sendable } from "./draft-text.js";
import { characters } from "../lib/protocol.js";
import { say } from "./words.js";

/** From this part of the limit on the count is shown. */
const NEAR = 0.9;

/** The field in which a message is written. It is as high as its text, and says when that is too long. */
export class TextField {
  input = byId("text", HTMLTextAreaElement);
  #count = byId("count", HTMLOutputElement);
  #limit = 4000;
  #length = 0;

  /** What stands there now. */
  get text() {
    return this.input.value;
  }

  set text(text) {
    this.input.value = text;
    this.input.dispatchEvent(new Event("change")); // as when a person has done it
    this.look();
  }

  /** @param {number} limit in characters */
  set limit(limit) {
    this.#limit = limit;
    this.look();
  }

  /** Whether it is something, and not too long. */
  get fits() {
    return this.#length > 0 && this.#length <= this.#limit;
  }

  /**
   * Says what one can write, or why nothing.
   *
   * @param {string} to
   * @param {string} closed "" where one can write
   */
  invite(to, closed) {
    this.input.disabled = closed !== "";
    this.input.placeholder = closed || say("compose.to", { to });
  }

  /**
   * Writes something where the caret is, apart from what is before it.
   *
   * @param {string} text
   */
  insert(text) {
    const { value, selectionStart, selectionEnd } = this.input;
    const before = /\S$/.test(value.slice(0, selectionStart)) ? " " : "";
    this.input.focus();
    this.input.setRangeText(before + text, selectionStart, selectionEnd, "end");
    this.look();
  }

  /** Takes note of what stands there now. */
  look() {
    this.#length = characters(sendable(this.text));
    const left = this.#limit - this.#length;
    this.input.setAttribute("aria-invalid", String(left < 0));
    this.#count.classList.toggle("over", left < 0);
    if (left < 0) this.#count.value = say("compose.over", { n: -left });
    else this.#count.value = this.#length >= this.#limit * NEAR ? say("compose.left", { n: left }) : "";
    this.#grow();
  }

  /** The stylesheet bounds it. */
  #grow() {
    if (CSS.supports("field-sizing", "content")) return; // the stylesheet does it alone
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }
}
