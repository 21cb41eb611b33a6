/** @import {Connection} from "../lib/connection.js" */
/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Roster} from "../lib/roster.js" */
import { showAvatar } from "./avatar.js";
import { directRoom } from "../lib/direct.js";
import { byId, find, fromTemplate } from "./dom.js";
import { say } from "./words.js";

/** Shows who is here and whom one talks to alone, behind a button that says how many. */
export class People {
  #connection;
  #mailbox;
  #go;
  #panel = byId("people", HTMLElement);
  #button = byId("people-button", HTMLButtonElement);
  #count = byId("people-count", HTMLElement);
  #unread = byId("unread", HTMLElement);
  #crowd = byId("crowd", HTMLElement);
  #here = byId("here", HTMLElement);
  #direct = byId("direct", HTMLElement);
  #directTitle = byId("direct-title", HTMLElement);
  /** @type {Roster | null} */
  #roster = null;

  /**
   * @param {object} parts
   * @param {Connection} parts.connection
   * @param {Mailbox} parts.mailbox
   * @param {(room: string, partner: User) => void} parts.go opens a direct room
   */
  constructor({ connection, mailbox, go }) {
    this.#connection = connection;
    this.#mailbox = mailbox;
    this.#go = go;
    mailbox.on("changed", () => this.#show());
    this.#show();
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
    const me = this.#connection.user?.id ?? "";
    const { unread } = this.#mailbox;
    this.#button.hidden = count === 0 && this.#mailbox.rooms.length === 0;
    this.#count.textContent = count ? say("people.count", { n: count }) : say("people");
    this.#unread.hidden = unread === 0;
    this.#unread.textContent = unread ? say("unread", { n: unread }) : "";
    this.#crowd.hidden = users !== null;
    this.#crowd.textContent = count ? say("people.crowd", { n: count }) : "";

    const others = [...(users?.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name));
    this.#here.replaceChildren(
      ...others.map((user) => this.#person(user, user.id === me ? say("people.you") : "", user.id === me ? "" : directRoom(me, user.id))),
    );
    this.#directTitle.hidden = this.#mailbox.rooms.length === 0;
    this.#direct.replaceChildren(
      ...this.#mailbox.rooms.map(({ room, user, unread: n }) =>
        this.#person(user ?? { id: "", name: "" }, n ? say("unread", { n }) : "", room),
      ),
    );
  }

  /**
   * @param {User} user
   * @param {string} note
   * @param {string} room that is opened, "" for none
   */
  #person(user, note, room) {
    const item = fromTemplate("person");
    const button = find(item, "button", HTMLButtonElement);
    showAvatar(find(item, ".avatar", HTMLElement), user);
    find(item, ".name", HTMLElement).textContent = user.name || say("somebody");
    find(item, ".note", HTMLElement).textContent = note;
    button.disabled = room === "";
    if (room) button.title = say("people.write", { name: user.name || say("somebody") });
    button.addEventListener("click", () => {
      this.#panel.hidePopover();
      this.#go(room, user);
    });
    return item;
  }
}
