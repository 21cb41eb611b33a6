/** @import {Refusal} from "./protocol.js" */

/**
 * Why something that was asked was not done: what a node says, or that the connection broke ("lost").
 *
 * @implements {Refusal}
 */
export class ChorusError extends Error {
  /** @override */
  name = "ChorusError";

  /** @param {Refusal} refusal */
  constructor({ code, message, field, retryable, retry_after_ms }) {
    super(message);
    /** The code of docs/protocol.md, or "lost". */
    this.code = code;
    /** The field that is wrong, if one is. */
    this.field = field;
    /** Whether it may work when it is asked again. */
    this.retryable = retryable;
    /** How long to wait before that, in milliseconds. */
    this.retry_after_ms = retry_after_ms ?? 0;
  }
}
