/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Rooms} from "../lib/rooms.js" */
/** @import {Store} from "../lib/store.js" */
import { isDirect } from "../lib/direct.js";
import { mentions } from "../lib/mentions.js";

/** Where it is kept that somebody wants to be told, and that they want to hear it. */
export const NOTIFY = "chorus.notify";
export const SOUND = "chorus.sound";

/** A message that is meant for oneself; without a text where only that it is there is known. */
/** @typedef {{room: string, id: string, user: User, text?: string | undefined}} Notice */

/** Tells of what somebody has written to one alone, or has named one in, if that is wanted. */
export class Notices {
  #store;

  /**
   * @param {object} parts
   * @param {Rooms} parts.rooms
   * @param {Mailbox} parts.mailbox
   * @param {Store} parts.store
   * @param {() => string} parts.myName
   */
  constructor({ rooms, mailbox, store, myName }) {
    this.#store = store;
    rooms.on("said", ({ room: { name: room }, message: { id, user, text, act } }) => {
      if (!act && (isDirect(room) || mentions(text ?? "", myName()))) this.#tell({ room, id, user, text });
    });
    mailbox.on("noticed", ({ room, user, head: { id } }) => {
      if (!rooms.get(room)) this.#tell({ room, id, user }); // or else it is said there
    });
  }

  /** @param {Notice} notice */
  async #tell(notice) {
    const [notify, sound] = [NOTIFY, SOUND].map((key) => this.#store.get(key) !== null);
    if (!notify && !sound) return;
    const { tell } = await import("./telling.js");
    await tell(notice, { notify, sound });
  }
}
