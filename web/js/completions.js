/** @import {Candidate} from "./candidates.js" */
/** @import {Begun} from "./completing.js" */
import { candidates } from "./candidates.js";
import { begun } from "./completing.js";
import { composing } from "./input-method.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { say } from "./words.js";

/** @type {Completions | null} */
let completions = null;

/**
 * Begins to look at what is written. From then on that goes by itself.
 *
 * @param {HTMLTextAreaElement} input
 */
export function complete(input) {
  if (completions) return;
  completions = new Completions(input);
  void completions.look();
}

/** Shows how what is begun can be finished: names, emoji and commands. The focus stays where one writes. */
class Completions {
  #input;
  #list = make("ul", { id: "completions", className: "completions", role: "listbox", hidden: true, testid: "completions" });
  #count = make("p", { className: "visually-hidden", role: "status" });
  /** @type {Candidate[]} */
  #shown = [];
  #at = 0;
  /** @type {Begun | null} what the list is about */
  #begun = null;
  /** The text that somebody wanted no list for; nor for what it grows to, unless something else is begun in it. */
  #unwanted = "";
  #unwantedFrom = -1;

  /** @param {HTMLTextAreaElement} input */
  constructor(input) {
    this.#input = input;
    input.after(this.#list, this.#count);
    input.ariaAutoComplete = "list";
    input.setAttribute("aria-controls", this.#list.id);
    input.addEventListener("input", (event) => {
      // What an input method has not decided yet must not be touched.
      if (!(event instanceof InputEvent && event.isComposing)) void this.look();
    });
    input.addEventListener("compositionend", () => void this.look());
    input.addEventListener("click", () => void this.look());
    input.addEventListener("blur", () => this.#hide());
    input.addEventListener("change", () => {
      this.#unwanted = ""; // it is another text
      this.#hide();
    });
    input.addEventListener("keydown", (event) => this.#key(event), { capture: true }); // before what sends
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // which would take the focus
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element && target.closest("li");
      if (option) this.#pick([...this.#list.children].indexOf(option));
    });
  }

  /** Looks at what stands before the caret. */
  async look() {
    await needs("completions.css");
    const { value, selectionStart, selectionEnd } = this.#input;
    const before = value.slice(0, selectionStart);
    const found = selectionStart === selectionEnd ? begun(before) : null;
    const unwanted = found !== null && this.#unwanted !== "" && before.startsWith(this.#unwanted) && found.from === this.#unwantedFrom;
    this.#unwanted = unwanted ? before : "";
    if (!found || unwanted || this.#input !== document.activeElement) {
      this.#hide();
      return;
    }
    const fitting = await candidates(found, value[found.from] === "@" ? "@" : "");
    if (this.#input.value === value) this.#show(found, fitting);
  }

  /**
   * @param {Begun} found
   * @param {Candidate[]} fitting
   */
  #show(found, fitting) {
    this.#begun = found;
    this.#shown = fitting;
    this.#list.hidden = fitting.length === 0;
    this.#list.ariaLabel = say(`complete.${found.kind}`);
    this.#count.textContent = fitting.length ? say("complete.count", { n: fitting.length }) : "";
    this.#list.replaceChildren(
      ...fitting.map(({ label, note }, i) =>
        make("li", { id: `completion-${i}`, role: "option", testid: "completion" }, make("bdi", {}, label), make("small", {}, note)),
      ),
    );
    this.#mark(0);
  }

  #hide() {
    this.#shown = [];
    this.#list.hidden = true;
    this.#count.textContent = "";
    this.#input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} at */
  #mark(at) {
    this.#at = at;
    [...this.#list.children].forEach((option, i) => {
      option.ariaSelected = String(i === at);
      if (i !== at) return;
      this.#input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    });
    if (this.#shown.length === 0) this.#input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} at */
  #pick(at) {
    const candidate = this.#shown[at];
    if (!candidate || !this.#begun) return;
    this.#input.setRangeText(candidate.text, this.#begun.from, this.#input.selectionStart, "end");
    this.#hide();
    this.#input.dispatchEvent(new InputEvent("input"));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { length } = this.#shown;
    if (length === 0 || composing(event) || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") this.#mark((this.#at + 1) % length);
    else if (event.key === "ArrowUp") this.#mark((this.#at + length - 1) % length);
    else if (event.key === "Enter" || event.key === "Tab") this.#pick(this.#at);
    else if (event.key === "Escape") {
      this.#unwanted = this.#input.value.slice(0, this.#input.selectionStart);
      this.#unwantedFrom = this.#begun?.from ?? -1;
      this.#hide();
    } else {
      if (/^(Arrow|Home|End|Page)/.test(event.key)) this.#hide(); // the caret goes elsewhere
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
