import { byId } from "./dom.js";
import { composing } from "./input-method.js";

/** Shows the room one is in, and goes to the one that is written over it. */
export class RoomForm {
  #form = byId("room-form", HTMLFormElement);
  #input = byId("room-input", HTMLInputElement);
  #title = byId("room-title", HTMLElement);
  #sigil = byId("sigil", HTMLElement);
  #name = "";

  /** @param {(name: string) => void} go */
  constructor(go) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#input.value.trim().replace(/^#/, "");
      this.#input.blur();
      if (name !== "" && name !== this.#name) go(name);
    });
    this.#input.addEventListener("focus", () => this.#input.select());
    this.#form.addEventListener("focusout", () => {
      // What was begun and not sent is not where one is. A press on the button takes the focus.
      setTimeout(() => this.#restoreUnlessInUse());
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || composing(event)) return;
      this.#restore();
      this.#input.blur();
    });
  }

  /**
   * Shows a room, or somebody whom one talks to alone.
   *
   * @param {string} name
   * @param {boolean} direct
   */
  show(name, direct) {
    this.#name = name;
    this.#sigil.textContent = direct ? "@" : "#";
    this.#title.textContent = name;
    this.#restoreUnlessInUse();
  }

  #restoreUnlessInUse() {
    if (!this.#form.contains(document.activeElement)) this.#restore();
  }

  #restore() {
    this.#input.value = this.#name;
  }
}
