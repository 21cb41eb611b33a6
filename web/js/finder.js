/** @import {Goal} from "./finding.js" */
import { showAvatar } from "./avatar.js";
import { openDialog } from "./dialog.js";
import { found, goals } from "./finding.js";
import { composing } from "./input-method.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { roomName } from "./room-name.js";
import { say } from "./words.js";

/** Opens what finds rooms and people by their names, and goes there. */
export async function openFinder() {
  await needs("finder.css");
  new Finder();
}

/** One writes, and chooses with the arrows or by a press. */
class Finder {
  #all = everything();
  #input = make("input", { id: "finder-input", role: "combobox", enterKeyHint: "go", autocomplete: "off", placeholder: say("find.hint"), testid: "finder-input" });
  #list = make("ul", { id: "finder-list", role: "listbox", ariaLabel: say("find.title"), testid: "finder-list" });
  #dialog;
  /** @type {Goal[]} */
  #found = [];
  #chosen = 0;

  constructor() {
    this.#input.spellcheck = false;
    this.#input.ariaExpanded = "true";
    this.#input.ariaAutoComplete = "list";
    this.#input.setAttribute("aria-controls", this.#list.id);
    this.#input.setAttribute("aria-labelledby", "finder-title");
    this.#input.addEventListener("input", () => this.#find());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("li") : null;
      if (option) this.#go(this.#found[[...this.#list.children].indexOf(option)]);
    });
    this.#dialog = openDialog(say("find.title"), "finder", this.#input, this.#list);
    this.#input.focus();
    this.#find();
  }

  #find() {
    const query = this.#input.value;
    const name = roomName(query);
    this.#found = found(query, this.#all);
    if (name !== "" && !this.#found.some(({ room }) => room === name.toLowerCase())) {
      this.#found.push({ title: say("find.join", { room: name }), room: name, isNew: true });
    }
    this.#list.replaceChildren(...this.#found.map(option));
    this.#choose(0);
  }

  /** @param {number} at */
  #choose(at) {
    const options = [...this.#list.children];
    this.#chosen = at;
    options.forEach((option, i) => (option.ariaSelected = String(i === at)));
    this.#input.setAttribute("aria-activedescendant", options[at]?.id ?? "");
    options[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (composing(event)) return;
    const { length } = this.#found;
    if (event.key === "Enter") this.#go(this.#found[this.#chosen]);
    else if (event.key === "ArrowDown") this.#choose((this.#chosen + 1) % length);
    else if (event.key === "ArrowUp") this.#choose((this.#chosen - 1 + length) % length);
    else return;
    event.preventDefault();
  }

  /** @param {Goal | undefined} goal */
  #go(goal) {
    if (!goal) return;
    const { go, talkTo } = thePage();
    // The focus goes back when the dialog is closed, and then to where one writes.
    this.#dialog.addEventListener("close", () => {
      if (goal.room) go(goal.room);
      else if (goal.user) talkTo(goal.user);
    });
    this.#dialog.close();
  }
}

function everything() {
  const { connection, places, rooms } = thePage();
  const people = rooms.all.flatMap(({ roster }) => [...(roster.users?.values() ?? [])]);
  return goals(places.all, people.filter(({ id }) => id !== connection.user?.id));
}

/**
 * @param {Goal} goal
 * @param {number} at
 */
function option({ title, user, unread, isNew }, at) {
  const sign = make("span", { className: "sign", ariaHidden: "true" }, isNew ? "+" : "#");
  if (user) {
    sign.classList.add("avatar");
    showAvatar(sign, user);
  }
  const element = make("li", { id: `finder-${at}`, role: "option", className: "place", testid: "found" }, sign, make("bdi", { className: "name" }, title));
  if (unread) element.append(make("span", { className: "note" }, say("unread", { n: unread })));
  return element;
}
