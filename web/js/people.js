/** @import {Connection} from "../lib/connection.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Roster} from "../lib/roster.js" */
import { showAvatar } from "./avatar.js";
import { byId, find } from "./dom.js";
import { KeyedList } from "./keyed-list.js";
import { say } from "./words.js";

/** Shows who is in the room. Where there is no place beside the conversation, behind a button that says how many. */
export class People {
  #connection;
  #open;
  #panel = byId("people", HTMLElement);
  #button = byId("people-button", HTMLButtonElement);
  #count = byId("people-count", HTMLElement);
  #crowd = byId("crowd", HTMLElement);
  /** @type {KeyedList<User>} */
  #here = new KeyedList({
    list: byId("here", HTMLElement),
    template: "person",
    key: ({ id }) => id,
    fill: (element, user) => this.#fill(element, user),
  });
  /** @type {Roster | null} */
  #roster = null;

  /**
   * @param {object} parts
   * @param {Connection} parts.connection
   * @param {(user: User) => void} parts.open called with somebody else who was chosen
   */
  constructor({ connection, open }) {
    this.#connection = connection;
    this.#open = open;
  }

  /**
   * Shows those of another room.
   *
   * @param {Roster} roster
   * @param {AbortSignal} signal
   */
  show(roster, signal) {
    this.#roster = roster;
    roster.on("changed", () => this.#show(), signal);
    this.#show();
  }

  #show() {
    const { count = 0, users = null } = this.#roster ?? {};
    this.#button.hidden = count === 0;
    this.#count.textContent = say("people.count", { n: count });
    this.#crowd.hidden = count === 0 || users !== null;
    this.#crowd.textContent = say("people.crowd", { n: count });
    this.#here.show([...(users?.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name)));
  }

  /**
   * @param {HTMLElement} element
   * @param {User} user
   */
  #fill(element, user) {
    const button = find(element, "button", HTMLButtonElement);
    const mine = user.id === this.#connection.user?.id;
    showAvatar(find(element, ".avatar", HTMLElement), user);
    find(element, ".name", HTMLElement).textContent = user.name;
    find(element, ".note", HTMLElement).textContent = mine ? say("people.you") : "";
    button.disabled = mine;
    button.title = mine ? "" : say("people.write", { name: user.name });
    button.onclick = () => {
      this.#panel.hidePopover();
      this.#open(user);
    };
  }
}
