/** @import {Room} from "../lib/room.js" */
/** @import {User} from "../lib/protocol.js" */
/** @import {Moderated} from "../lib/moderated.js" */
import { decide, undo } from "./deciding.js";
import { directRoom } from "../lib/direct.js";
import { needs } from "./lazily.js";
import { Menu } from "./menu.js";
import { thePage } from "./page.js";
import { sanctionsOf } from "./sanctions-of.js";
import { say } from "./words.js";

/**
 * Shows what can be done with somebody who is in a room, or was.
 *
 * @param {object} options
 * @param {User} options.user
 * @param {Room} options.room
 * @param {HTMLElement} options.anchor beside which it is shown
 */
export async function openPersonMenu({ user, room, anchor }) {
  await needs();
  const { connection, composer, everywhere, talkTo } = thePage();
  const { name } = user;
  const me = connection.user?.id ?? "";
  const menu = new Menu(anchor, say("person.menu", { name }), "person-menu");
  if (user.id !== me && room.name !== directRoom(me, user.id)) {
    menu.add(say("person.write", { name }), "person-write", () => talkTo(user));
  }
  menu.add(say("person.mention", { name }), "person-mention", () => composer.insert(`@${name} `));
  const moderates = user.id !== me && room.access === "moderate";
  if (moderates) {
    for (const action of /** @type {const} */ (["kick", "mute", "ban"])) {
      menu.add(say(`person.${action}`), `person-${action}`, () => decide({ action, user, where: room }));
    }
  }
  await menu.open();
  if (!moderates) return;
  await addUndo(menu, user, room, "");
  // Only administrators are told what holds everywhere, and only they can ban somebody there.
  const administers = await addUndo(menu, user, everywhere, "-everywhere");
  if (administers) {
    menu.add(say("person.ban-everywhere"), "person-ban-everywhere", () => decide({ action: "ban", user, where: everywhere }));
  }
}

/**
 * Adds what ends a mute or a ban.
 *
 * @param {Menu} menu
 * @param {User} user
 * @param {Moderated<any>} where
 * @param {"" | "-everywhere"} place
 * @returns {Promise<boolean>} whether one may decide there
 */
async function addUndo(menu, { id, name }, where, place) {
  const sanctions = await sanctionsOf(where);
  for (const { kind, user } of sanctions ?? []) {
    if (user.id !== id || (kind !== "mute" && kind !== "ban")) continue;
    menu.add(say(`person.undo-${kind}${place}`, { name }), `person-undo-${kind}${place}`, () => void undo(kind, id, where));
  }
  return sanctions !== null;
}
