/** @import {Connection} from "../lib/connection.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */
import { showAvatar } from "./avatar.js";
import { byId, find } from "./dom.js";
import { KeyedList } from "./keyed-list.js";
import { say } from "./words.js";

/** Shows who is in the room. Where there is no place beside the conversation, behind a button that says how many. */
export class People {
  #connection;
  #panel = byId("people", HTMLElement);
  #button = byId("people-button", HTMLButtonElement);
  #count = byId("people-count", HTMLElement);
  #title = byId("people-title", HTMLElement);
  #crowd = byId("crowd", HTMLElement);
  /** @type {KeyedList<User>} */
  #here = new KeyedList({
    list: byId("here", HTMLElement),
    template: "person",
    key: ({ id }) => id,
    fill: (element, user) => this.#fill(element, user),
  });
  /** @type {Room | null} */
  #room = null;

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    matchMedia("(width >= 70rem)").addEventListener("change", () => this.#panel.hidePopover()); // as css/layout.css has it
    this.#panel.addEventListener("focusout", ({ relatedTarget }) => {
      // What was chosen from somebody's menu goes on elsewhere.
      if (relatedTarget instanceof Node && !this.#panel.contains(relatedTarget)) this.#panel.hidePopover();
    });
  }

  /**
   * Shows those of another room.
   *
   * @param {Room} room
   * @param {AbortSignal} signal
   */
  show(room, signal) {
    this.#room = room;
    room.roster.on("changed", () => this.#show(), signal);
    this.#show();
  }

  #show() {
    const { count = 0, users = null } = this.#room?.roster ?? {};
    this.#button.hidden = count === 0;
    this.#count.textContent = say("people.count", { n: count });
    this.#crowd.hidden = count === 0 || users !== null;
    this.#title.hidden = count === 0;
    this.#title.textContent = say("people.here", { n: count });
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
    button.onclick = async () => {
      const room = this.#room;
      const { openPersonMenu } = await import("./person-menu.js");
      if (room) await openPersonMenu({ user, room, anchor: button });
    };
  }
}
