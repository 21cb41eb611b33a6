/** @import {Place} from "./places.js" */
import { openFinder } from "./finder.js";
import { openHelp } from "./help.js";
import { thePage } from "./page.js";

/**
 * Does what keys are for.
 *
 * @param {string} keys as they are called together, such as Alt+ArrowUp
 */
export function press(keys) {
  if (keys.endsWith("/")) void openHelp();
  else if (keys.endsWith("k")) void openFinder();
  else goBeside(keys.endsWith("Up") ? -1 : 1, keys.includes("Shift") ? ({ unread }) => unread > 0 : () => true);
}

/**
 * Goes to the next place in the list, above or below, that is one of those wanted. After the last one comes the first.
 *
 * @param {1 | -1} step
 * @param {(place: Place) => boolean} wanted
 */
function goBeside(step, wanted) {
  const { places, go } = thePage();
  const { all, current } = places;
  const at = all.findIndex(({ name }) => name === current);
  for (let i = 1; i < all.length; i++) {
    const place = all.at((at + i * step) % all.length);
    if (place && wanted(place)) {
      go(place.name);
      return;
    }
  }
}
