/** @import {Chorus} from "../lib/chorus.js" */
/** @import {Sidebar} from "./sidebar.js" */
import { showAvatar } from "./avatar.js";
import { why } from "./complaints.js";
import { byId, find } from "./dom.js";
import { NameDialog } from "./name-dialog.js";
import { say } from "./words.js";

/** Shows who one is, and asks for the name: where there is none, where it can't be had, and for another one. */
export class Self {
  #chorus;
  #sidebar;
  #dialog;
  #button = byId("me", HTMLButtonElement);

  /**
   * @param {object} parts
   * @param {Chorus} parts.chorus
   * @param {Sidebar} parts.sidebar
   * @param {(name: string) => void} parts.rename
   */
  constructor({ chorus, sidebar, rename }) {
    this.#chorus = chorus;
    this.#sidebar = sidebar;
    this.#dialog = new NameDialog({ chosen: rename, cancelled: () => chorus.keepName() });
    this.#button.addEventListener("click", () => this.ask());
    chorus.connection.on("state", (state) => {
      if (state.name === "open") this.#show();
      else if (state.name === "stopped" && /(^|\.)name$/.test(state.why.field ?? "")) {
        this.ask(say("name.refused", { why: why({ ...state.why, code: String(state.why.code) }) }));
      }
    });
  }

  /**
   * Asks for a name.
   *
   * @param {string} [error] what was wrong with the one before
   */
  ask(error = "") {
    this.#sidebar.close();
    this.#dialog.ask({ name: this.#chorus.name, mayCancel: !this.#button.hidden, error });
  }

  #show() {
    const { user } = this.#chorus;
    if (!user) return;
    this.#button.hidden = false;
    find(this.#button, ".my-name", HTMLElement).textContent = user.name;
    showAvatar(find(this.#button, ".avatar", HTMLElement), user);
  }
}
