/**
 * Whether a key belongs to an input method: then Enter chooses a word, and Escape gives it up.
 * Safari ends the composition before the key that ends it, and tells only by the key code.
 *
 * @param {KeyboardEvent} event
 */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}
