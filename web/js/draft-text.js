// What is written, and what of it is sent.

/**
 * Returns what is sent for what was written: without empty lines around it, and without the
 * control characters that come along with pasted text and that no node takes.
 *
 * @param {string} text
 */
export function sendable(text) {
  return text.replace(/[^\P{Cc}\n\t]/gu, "").replace(/^(\s*\n)+|\s+$/g, "");
}

/**
 * Whether a text is a command. Two slashes are none: they stand for one.
 *
 * @param {string} text
 */
export function isCommand(text) {
  return text.startsWith("/") && !text.startsWith("//");
}

/**
 * Returns the message that is meant with a text that is no command.
 *
 * @param {string} text
 */
export function meant(text) {
  return text.replace(/^\/\//, "/");
}
