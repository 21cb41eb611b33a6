import { setTimeout as sleep } from "node:timers/promises";

/** How long something may take on a machine that is busy, in milliseconds. */
const PATIENCE = 15_000;

/**
 * Waits until something holds. That it fails means that it does not hold yet.
 *
 * @param {string} what
 * @param {() => boolean | Promise<boolean>} holds
 */
export async function until(what, holds) {
  const end = Date.now() + PATIENCE;
  for (let problem; ; await sleep(10)) {
    try {
      if (await holds()) return;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > end) throw new Error(`not within ${PATIENCE / 1000} s: ${what}`, { cause: problem });
  }
}
