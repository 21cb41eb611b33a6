const FIRST = 500;
const LONGEST = 30_000;

/**
 * How long to wait before an attempt, in milliseconds: exponential backoff with full jitter, so
 * that those who were cut off together don't come back together.
 *
 * @param {number} attempt how many attempts have failed before: 0, 1, 2 …
 */
export function backoff(attempt) {
  return Math.random() * Math.min(LONGEST, FIRST * 2 ** attempt);
}
