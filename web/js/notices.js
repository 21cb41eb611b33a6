/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Rooms} from "../lib/rooms.js" */
/** @import {Store} from "../lib/store.js" */

/** Where it is kept that somebody wants to be told, and that they want to hear it. */
export const NOTIFY = "chorus.notify";
export const SOUND = "chorus.sound";

/** A message of somebody else; without a text where only that it is there is known. */
/** @typedef {{room: string, id: string, user: User, text?: string | undefined}} Notice */

/**
 * Tells of what others write, if that is wanted. What is meant for oneself is found out later, by what is loaded then.
 *
 * @param {Rooms} rooms
 * @param {Mailbox} mailbox
 * @param {Store} store
 */
export function listenForNotices(rooms, mailbox, store) {
  const tell = async (/** @type {Notice} */ notice) => {
    const [notify, sound] = [NOTIFY, SOUND].map((key) => store.get(key) !== null);
    if (notify || sound) await (await import("./telling.js")).tell(notice, { notify, sound });
  };
  rooms.on("said", ({ room, message }) => {
    if (!message.act) tell({ ...message, room: room.name });
  });
  mailbox.on("noticed", ({ room, user, head }) => {
    if (!rooms.get(room)) tell({ room, id: head.id, user }); // or else it is said there
  });
}
