import { thePage } from "./page.js";

/**
 * Copies a text, and says near the composer whether that was possible: the browser may forbid it, and does without TLS.
 *
 * @param {string} text
 * @param {string} copied what is said where it was
 * @param {string} refused what is said where it was not
 */
export async function copy(text, copied, refused) {
  const { composer } = thePage();
  try {
    await navigator.clipboard.writeText(text);
    composer.note(copied);
  } catch {
    composer.note(refused);
  }
}
