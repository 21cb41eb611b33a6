/** @import {Store} from "../lib/store.js" */

/** All tabs of this browser hear of it here. */
const channel = new BroadcastChannel("chorus.forget");
channel.onmessage = () => beginAnew();

/**
 * Forgets who one is on this device, the rooms, the settings, and what was not sent.
 *
 * @param {Store} store
 */
export function forget(store) {
  for (const key of store.keys("chorus.")) store.remove(key);
  channel.postMessage("");
  beginAnew();
}

/** Loads the page as if for the first time. */
function beginAnew() {
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}
