import { openAnnouncing } from "./announcing.js";
import { copy } from "./copying.js";
import { openHelp } from "./help.js";
import { needs } from "./lazily.js";
import { leave, mayLeave } from "./leave.js";
import { Menu } from "./menu.js";
import { thePage } from "./page.js";
import { complaintOf } from "./refusals.js";
import { openSanctions } from "./sanctions.js";
import { say } from "./words.js";

/**
 * Shows what can be done with the room on the screen.
 *
 * @param {HTMLElement} anchor beside which it is shown
 */
export async function openRoomMenu(anchor) {
  await needs();
  const room = thePage().room();
  const menu = new Menu(anchor, say("room.menu"), "room-menu");
  menu.add(say("room.copy-link"), "copy-link", () => void copy(location.href, say("room.link-copied"), say("room.link-not-copied")));
  if (mayLeave(room)) menu.add(say("room.leave", { room: room.name }), "leave", () => leave(room));
  if (room.access === "moderate") {
    menu.add(say("announce.open"), "open-announcing", () => void openAnnouncing());
    menu.add(say("sanctions.open"), "open-sanctions", () => void showSanctions());
  }
  menu.add(say("command.help"), "open-help", () => void openHelp());
  await menu.open();
}

async function showSanctions() {
  try {
    await openSanctions();
  } catch (error) {
    thePage().composer.note(complaintOf(error));
  }
}
