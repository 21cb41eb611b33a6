/** @import {Message} from "../lib/protocol.js" */
import { byId } from "./dom.js";
import { composing } from "./input-method.js";
import { characters } from "../lib/protocol.js";
import { say } from "./words.js";

/** From this part of the limit on the count is shown. */
const NEAR = 0.9;

/** Where messages are written. */
export class Composer {
  #form = byId("composer", HTMLFormElement);
  #input = byId("text", HTMLTextAreaElement);
  #button = byId("send", HTMLButtonElement);
  #count = byId("count", HTMLOutputElement);
  #note = byId("note", HTMLElement);
  #limit = 4000;
  #ready = false;
  #to = "";
  #closed = "";
  #send;

  /** @type {Message | null} what is answered with what is written */
  replyTo = null;
  /** @type {Message | null} what gets the text that is written */
  editing = null;
  /** Called when something is being written, by a person. */
  onwriting = () => {};

  /** @param {(text: string) => void} send */
  constructor(send) {
    this.#send = send;
    // On a screen keyboard there is no Shift+Enter, but a send button close by.
    const touch = matchMedia("(hover: none) and (pointer: coarse)");
    this.#input.enterKeyHint = touch.matches ? "enter" : "send";
    this.#input.addEventListener("input", () => {
      this.note("");
      this.#changed();
      if (sendable(this.draft) !== "") this.onwriting();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || touch.matches || composing(event)) return;
      event.preventDefault();
      this.#submit();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
      this.focus();
    });
    this.#changed();
  }

  /** What stands there now. */
  get draft() {
    return this.#input.value;
  }

  set draft(text) {
    this.#input.value = text;
    this.#changed();
  }

  /** @param {number} limit in characters */
  set limit(limit) {
    this.#limit = limit;
    this.#changed();
  }

  /** @param {boolean} ready whether what is written can be taken */
  set ready(ready) {
    this.#ready = ready;
    this.#changed();
  }

  /** @param {string} whom what is written is for */
  set to(whom) {
    this.#to = whom;
    this.#invite();
  }

  /** @param {string} why nothing can be written at all, "" where it can */
  set closed(why) {
    this.#closed = why;
    this.#invite();
    this.#changed();
  }

  focus() {
    this.#input.focus();
  }

  /**
   * Writes something where the caret is, as its reader would.
   *
   * @param {string} text
   */
  insert(text) {
    const { value, selectionStart, selectionEnd } = this.#input;
    const before = /\S$/.test(value.slice(0, selectionStart)) ? " " : "";
    this.focus();
    this.#input.setRangeText(before + text, selectionStart, selectionEnd, "end");
    this.#changed();
  }

  /**
   * Says something about what is written, until that changes.
   *
   * @param {string} text
   */
  note(text) {
    this.#note.textContent = text;
  }

  #invite() {
    this.#input.disabled = this.#closed !== "";
    this.#input.placeholder = this.#closed || say("compose.to", { to: this.#to });
  }

  #submit() {
    if (!this.#ready || this.#button.disabled) return;
    const text = sendable(this.draft);
    this.draft = "";
    this.#send(text);
  }

  #changed() {
    const length = characters(sendable(this.draft));
    const over = length - this.#limit;
    this.#button.disabled = !this.#ready || this.#closed !== "" || length === 0 || over > 0;
    this.#input.setAttribute("aria-invalid", String(over > 0));
    this.#count.classList.toggle("over", over > 0);
    if (over > 0) {
      this.#count.value = say("compose.over", { n: over });
    } else if (length >= this.#limit * NEAR) {
      this.#count.value = say("compose.left", { n: -over });
    } else {
      this.#count.value = "";
    }
    this.#grow();
  }

  /** Makes the input as high as its text; the stylesheet bounds it. */
  #grow() {
    if (CSS.supports("field-sizing", "content")) return; // the stylesheet does it alone
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }
}

/**
 * Returns what is sent for what was written: without empty lines around it, and without the
 * control characters that come along with pasted text and that no node takes.
 *
 * @param {string} text
 */
function sendable(text) {
  return text.replace(/[^\P{Cc}\n\t]/gu, "").replace(/^(\s*\n)+|\s+$/g, "");
}
