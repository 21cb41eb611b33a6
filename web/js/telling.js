/** @import {Notice} from "./notices.js" */
import { claim } from "./claim.js";
import { isDirect } from "../lib/direct.js";
import { chime } from "./chime.js";
import { mentions } from "../lib/mentions.js";
import { needs } from "./lazily.js";
import { thePage } from "./page.js";
import { say } from "./words.js";

/** How long a tab waits for another one in which the room may be looked at. */
const OTHERS_FIRST = 300;

/**
 * Tells of a message that somebody has written to one alone, or has named one in; unless its room is being looked at,
 * and unless another tab does.
 *
 * @param {Notice} notice
 * @param {{notify?: boolean | undefined, sound?: boolean | undefined}} wanted
 */
export async function tell(notice, { notify, sound }) {
  const { connection, places, store } = thePage();
  if (!isDirect(notice.room) && !mentions(notice.text ?? "", connection.user?.name ?? "")) return;
  const looking = document.visibilityState === "visible" && places.current === notice.room;
  if (!looking) await new Promise((done) => setTimeout(done, OTHERS_FIRST));
  const mine = await claim(store, notice.id, navigator.locks);
  if (looking || !mine) return;
  if (sound) chime();
  if (notify) await show(notice);
}

/** @param {Notice} notice */
async function show({ room, id, user: { name }, text }) {
  await needs();
  const { go } = thePage();
  const title = isDirect(room) ? name : say("notice.in-room", { name, room });
  const icon = new URL("../favicon.svg", import.meta.url).href;
  let shown;
  try {
    shown = new Notification(title, { body: text ?? say("notice.alone"), tag: id, icon });
  } catch {
    return; // some phones show only those of installed apps
  }
  shown.onclick = () => {
    focus();
    go(room);
    shown.close();
  };
}
