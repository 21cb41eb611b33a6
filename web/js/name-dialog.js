import { byId } from "./dom.js";

/** Asks people for their name: at first, and when they want another one. */
export class NameDialog {
  #dialog = byId("name-dialog", HTMLDialogElement);
  #form = byId("name-form", HTMLFormElement);
  #input = byId("name-input", HTMLInputElement);
  #error = byId("name-error", HTMLElement);
  #cancel = byId("name-cancel", HTMLButtonElement);
  #mayCancel = false;

  /**
   * @param {object} options
   * @param {(name: string) => void} options.chosen
   * @param {() => void} options.cancelled
   */
  constructor({ chosen, cancelled }) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#input.value.trim();
      if (name === "") return;
      this.#dialog.close("chosen");
      chosen(name);
    });
    this.#cancel.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("cancel", (event) => {
      if (!this.#mayCancel) event.preventDefault();
    });
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "chosen") return;
      // Browsers close a dialog that is cancelled again and again, whatever the page says.
      if (this.#mayCancel) cancelled();
      else this.#dialog.showModal();
    });
  }

  /**
   * @param {object} options
   * @param {string} options.name to begin with
   * @param {boolean} options.mayCancel whether there is a name to go back to
   * @param {string} [options.error] what was wrong with it
   */
  ask({ name, mayCancel, error = "" }) {
    this.#mayCancel = mayCancel;
    this.#cancel.hidden = !mayCancel;
    this.#error.textContent = error;
    this.#input.setAttribute("aria-invalid", String(error !== ""));
    this.#input.value = name;
    this.#dialog.returnValue = "";
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#input.select();
  }
}
