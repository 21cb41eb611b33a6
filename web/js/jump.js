/** @import {Parts} from "./actions.js" */
/** @import {Position} from "../lib/protocol.js" */
import { why } from "./complaints.js";
import { ChorusError } from "../lib/error.js";
import { say } from "./words.js";

/**
 * Leads to a message, which may have to be loaded.
 *
 * @param {Position} position
 * @param {Parts} parts
 */
export async function jumpTo({ seq, id }, { room, stretch, log, scroll, composer, signal }) {
  try {
    while (room.hasEarlier && room.oldest && room.oldest.seq > seq) await room.loadEarlier();
  } catch (error) {
    if (!(error instanceof ChorusError)) throw error;
    if (!signal.aborted) composer.note(why(error));
    return;
  }
  if (signal.aborted) return;
  if (!room.messages.some((message) => message.seq === seq && message.id === id)) {
    composer.note(say("quote.gone"));
    return;
  }
  stretch.showAround(seq);
  const item = log.itemOf(seq);
  if (!item) return;
  scroll.to(item);
  const more = item.querySelector(".more");
  if (more instanceof HTMLElement) more.focus({ preventScroll: true });
  item.classList.add("found");
  item.addEventListener("animationend", () => item.classList.remove("found"), { once: true });
}
