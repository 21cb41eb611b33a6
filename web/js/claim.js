/** @import {Store} from "../lib/store.js" */

const KEY = "chorus.told";
/** Tabs hear of a message at about the same time, so the last ones are enough. */
const KEPT = 50;

/**
 * Returns true to one tab only of all those of this browser that ask for the same message.
 *
 * @param {Store} store that all tabs share
 * @param {string} id of the message
 * @param {Pick<LockManager, "request"> | undefined} locks without them, as on pages without TLS, two tabs may be as fast
 * @returns {Promise<boolean>}
 */
export async function claim(store, id, locks) {
  const take = () => {
    const told = (store.get(KEY) ?? "").split(" ");
    if (told.includes(id)) return false;
    store.set(KEY, [...told, id].slice(-KEPT).join(" "));
    return true;
  };
  return locks ? locks.request(KEY, take) : take();
}
