/** @import {Completions} from "./completions.js" */
/** @import {Draft, Subject} from "../lib/drafts.js" */
/** @import {SubjectBar} from "./subject-bar.js" */
import { byId } from "./dom.js";
import { isCommand, meant, sendable } from "./draft-text.js";
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
  #running = false;
  /** @type {Completions | null} */
  #completions = null;
  #send;
  /** @type {Subject | null} */
  #replyTo = null;
  /** @type {Subject | null} */
  #editing = null;
  /** @type {Draft | undefined} */
  #aside;
  /** @type {SubjectBar | null} */
  #bar = null;

  /** Called when something is being written, by a person. */
  onwriting = () => {};
  /** Called when what is written is something else now. */
  onchanged = () => {};
  /** @type {() => Subject | undefined} returns what one has said last, if that can be edited */
  last = () => undefined;

  /** @param {(text: string, about: Pick<Draft, "replyTo" | "editing">) => void} send */
  constructor(send) {
    this.#send = send;
    // On a screen keyboard there is no Shift+Enter, but a send button close by.
    const touch = matchMedia("(hover: none) and (pointer: coarse)");
    this.#input.enterKeyHint = touch.matches ? "enter" : "send";
    this.#input.addEventListener("input", () => {
      this.note("");
      this.#changed();
      this.onchanged();
      if (/[@:/]/.test(this.draft)) void this.#complete();
      if (sendable(this.draft) !== "" && !isCommand(this.draft)) this.onwriting();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (composing(event) || !this.#act(event, touch.matches)) return;
      event.preventDefault();
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
    this.#completions?.forget();
    this.#changed();
    this.onchanged();
  }

  /** All that stands there now, and what it is written for. */
  get written() {
    const [replyTo, editing] = [this.#replyTo ?? undefined, this.#editing ?? undefined];
    return { text: this.draft, replyTo, editing, aside: this.#aside };
  }

  /** @param {Draft} draft */
  set written({ text, replyTo, editing, aside }) {
    this.#replyTo = replyTo ?? null;
    this.#editing = editing ?? null;
    this.#aside = aside;
    this.note("");
    this.draft = text;
    void this.#showSubject();
  }

  /** @returns {Subject | null} what is answered with what is written */
  get replyTo() {
    return this.#replyTo;
  }

  set replyTo(message) {
    if (this.#editing) this.editing = null;
    this.written = { text: this.draft, replyTo: message ?? undefined };
    if (message) this.focus();
  }

  /** @returns {Subject | null} what gets the text that is written; what had been begun is there again afterwards */
  get editing() {
    return this.#editing;
  }

  set editing(message) {
    if (!message && !this.#editing) return;
    const before = this.#editing ? (this.#aside ?? { text: "" }) : this.written;
    this.written = message ? { text: message.text ?? "", editing: message, aside: before } : before;
    if (message) this.focus();
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
    this.onchanged();
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

  /**
   * Does what a key is for, and returns whether it is for something.
   *
   * @param {KeyboardEvent} event
   * @param {boolean} touch whether Enter begins a line
   */
  #act({ key, shiftKey, altKey, ctrlKey, metaKey }, touch) {
    if (key === "Enter" && !shiftKey && !touch) {
      this.#submit();
      return true;
    }
    if (key === "Escape" && (this.#editing || this.#replyTo)) {
      this.drop();
      return true;
    }
    const alone = !shiftKey && !altKey && !ctrlKey && !metaKey;
    const last = key === "ArrowUp" && alone && this.#ready && this.draft === "" && !this.#editing && !this.#replyTo && this.last();
    if (last) this.editing = last;
    return Boolean(last);
  }

  /**
   * Goes on without a message that is answered or edited, since it is not there any more.
   *
   * @param {string} [id] none for whatever it is
   */
  drop(id) {
    if (this.#editing && this.#editing.id === (id ?? this.#editing.id)) this.editing = null;
    if (this.#replyTo && this.#replyTo.id === (id ?? this.#replyTo.id)) this.replyTo = null;
  }

  /** Loads what finishes what is begun, as soon as something may be. From then on it looks by itself. */
  async #complete() {
    if (this.#completions) return;
    const { Completions } = await import("./completions.js");
    if (this.#completions) return;
    this.#completions = new Completions(this.#input);
    await this.#completions.look();
  }

  async #showSubject() {
    if (!this.#bar && !this.#editing && !this.#replyTo) return;
    const { SubjectBar } = await import("./subject-bar.js");
    this.#bar ??= new SubjectBar(() => {
      this.drop();
      this.focus();
    });
    await this.#bar.show(() => this);
  }

  #submit() {
    if (!this.#ready || this.#button.disabled) return;
    const text = sendable(this.draft);
    const { replyTo, editing, aside } = this.written;
    if (!editing && isCommand(text)) {
      void this.#run(text);
      return;
    }
    this.written = aside ?? { text: "" };
    this.#send(editing ? text : meant(text), { replyTo, editing });
  }

  /**
   * Carries out a command. It stands there until that is done, and longer if something is wrong with it.
   *
   * @param {string} text
   */
  async #run(text) {
    if (this.#running) return;
    this.#running = true;
    try {
      const { run } = await import("./commands.js");
      const complaint = await run(text);
      if (complaint) this.note(complaint);
      else if (sendable(this.draft) === text) this.draft = "";
    } finally {
      this.#running = false;
    }
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
