/** @import {Subject} from "../lib/drafts.js" */
import { excerpt } from "../lib/changes.js";
import { byId } from "./dom.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { say } from "./words.js";

/** Says above the composer which message is answered, or gets another text. */
export class SubjectBar {
  #title = make("span", { className: "subject-title", testid: "subject-title" });
  #text = make("bdi", { className: "subject-text", testid: "subject-text" });
  #cancel = make("button", { type: "button", className: "quiet", testid: "subject-cancel" }, "✕");
  #element = make(
    "div",
    { id: "subject", className: "subject", hidden: true, testid: "subject" },
    make("p", {}, this.#title, " ", this.#text),
    this.#cancel,
  );

  /** @param {() => void} cancel */
  constructor(cancel) {
    this.#cancel.addEventListener("click", cancel);
    byId("composer", HTMLFormElement).prepend(this.#element);
  }

  /**
   * Shows what there is then, when it is ready to.
   *
   * @param {() => {replyTo: Subject | null, editing: Subject | null}} current
   */
  async show(current) {
    await needs("subject.css");
    const { replyTo, editing } = current();
    const subject = editing ?? replyTo;
    this.#element.hidden = !subject;
    byId("text", HTMLTextAreaElement).setAttribute("aria-describedby", `${subject ? "subject " : ""}count note`);
    if (!subject) return;
    this.#title.textContent = editing ? say("subject.edited") : say("subject.answered", { name: subject.user.name });
    this.#text.textContent = excerpt(subject.text ?? "");
    this.#cancel.ariaLabel = this.#cancel.title = say(editing ? "subject.cancel-edit" : "subject.cancel-answer");
  }
}
