/** @import {Draft, Subject} from "../lib/drafts.js" */
/** @import {SubjectBar} from "./subject-bar.js" */
import { byId } from "./dom.js";
import { isCommand, meant, sendable } from "./draft-text.js";
import { composing } from "./input-method.js";
import { TextField } from "./text-field.js";
import { say } from "./words.js";

/** Where messages are written. */
export class Composer {
  #form = byId("composer", HTMLFormElement);
  #field = new TextField();
  #emoji = byId("emoji", HTMLButtonElement);
  #button = byId("send", HTMLButtonElement);
  #note = byId("note", HTMLElement);
  #ready = false;
  #to = "";
  #closed = "";
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
    const { input } = this.#field;
    input.enterKeyHint = touch.matches ? "enter" : "send";
    input.addEventListener("input", () => {
      this.note("");
      this.#field.look();
      this.#changed();
      if (/[@:/]/.test(this.draft)) void import("./completions.js").then(({ complete }) => complete(input));
      if (sendable(this.draft) !== "" && !isCommand(this.draft)) this.onwriting();
    });
    input.addEventListener("keydown", (event) => {
      if (composing(event) || !this.#act(event, touch.matches)) return;
      event.preventDefault();
    });
    this.#emoji.addEventListener("click", () => void this.#pickEmoji());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
      this.focus();
    });
    this.#allow();
  }

  /** What stands there now. */
  get draft() {
    return this.#field.text;
  }

  set draft(text) {
    this.#field.text = text;
    this.#changed();
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
    this.#field.limit = limit;
    this.#allow();
  }

  /** @param {boolean} ready whether what is written can be taken */
  set ready(ready) {
    this.#ready = ready;
    this.#allow();
  }

  /** @param {string} whom what is written is for */
  set to(whom) {
    this.#to = whom;
    this.#field.invite(whom, this.#closed);
  }

  /** @param {string} why nothing can be written at all, "" where it can */
  set closed(why) {
    this.#closed = why;
    this.#field.invite(this.#to, why);
    this.#emoji.disabled = why !== "";
    this.#allow();
  }

  focus() {
    this.#field.input.focus();
  }

  /**
   * Writes something where the caret is.
   *
   * @param {string} text
   */
  insert(text) {
    this.#field.insert(text);
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
    const subject = this.#editing ?? this.#replyTo;
    if (!subject || subject.id !== (id ?? subject.id)) return;
    if (this.#editing) this.editing = null;
    else this.replyTo = null;
  }

  async #pickEmoji() {
    const { pickEmoji } = await import("./emoji-picker.js");
    const emoji = await pickEmoji("text");
    if (emoji) this.insert(emoji);
    else this.focus();
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
      import("./commands.js").then(({ carryOut }) => carryOut(text), () => this.note(say("error.lost")));
      return;
    }
    this.written = aside ?? { text: "" };
    this.#send(editing ? text : meant(text), { replyTo, editing });
  }

  #changed() {
    this.#allow();
    this.onchanged();
  }

  #allow() {
    this.#button.disabled = !this.#ready || this.#closed !== "" || !this.#field.fits;
  }
}
