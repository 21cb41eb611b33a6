/** @import {Commands, Verb} from "./protocol.js" */

/**
 * Returns a command as nodes read it, null where it is longer than they take.
 *
 * @template {Verb} V
 * @param {number} id
 * @param {V} verb
 * @param {Commands[V]} fields
 * @param {number} limit in bytes
 */
export function frameOf(id, verb, fields, limit) {
  const frame = JSON.stringify({ id, [verb]: fields }, wellFormed);
  return new TextEncoder().encode(frame).length <= limit ? frame : null;
}

/**
 * Half a surrogate pair is not text, and no JSON that a node would read.
 *
 * @param {string} _key
 * @param {any} value
 */
function wellFormed(_key, value) {
  return typeof value === "string" ? value.replace(/\p{Surrogate}/gu, "\ufffd") : value;
}
