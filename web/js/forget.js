/** @import {Store} from "../lib/store.js" */

/**
 * Forgets who one is on this device, the rooms, the settings, and what was not sent; and loads the page as if for the
 * first time. Other tabs notice that the name is gone.
 *
 * @param {Store} store
 */
export function forget(store) {
  for (const key of store.keys("chorus.")) store.remove(key);
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}
