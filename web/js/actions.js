/** @import {Composer} from "./composer.js" */
/** @import {LogView} from "./log-view.js" */
/** @import {Pointing} from "./pointing.js" */
/** @import {Room} from "../lib/room.js" */
/** @import {Scroll} from "./scroll.js" */
/** @import {Stretch} from "./stretch.js" */
import { byId } from "./dom.js";

/**
 * What is needed for something to be done with a message, and how it is done.
 *
 * @typedef {{room: Room, stretch: Stretch, log: LogView, scroll: Scroll, composer: Composer, signal: AbortSignal}} Parts
 */

/** What shows that somebody may want to do something with a message. */
const SIGNS = ["pointermove", "focusin", "click"];

/**
 * Loads what can be done with messages, when somebody first comes to them.
 *
 * @param {Parts} parts
 */
export function loadActions(parts) {
  const loaded = new AbortController();
  /** @type {Promise<Pointing> | null} */
  let pointing = null;
  /** @param {Event} event */
  const take = async (event) => {
    pointing ??= import("./pointing.js").then(({ openPointing }) => openPointing(parts));
    const there = await pointing.catch(() => (pointing = null)); // no network: tried again with the next sign
    if (!there || parts.signal.aborted) return;
    loaded.abort(); // it hears the others itself
    there.take(event);
  };
  const signal = AbortSignal.any([parts.signal, loaded.signal]);
  for (const sign of SIGNS) byId("scroller", HTMLElement).addEventListener(sign, take, { signal });
}
