/** @import {Connection} from "./connection.js" */
/** @import {Answers, Commands} from "./protocol.js" */
import { backoff } from "./backoff.js";
import { ChorusError } from "./error.js";

/** For so long it is worth trying, in milliseconds: somebody waits for it. */
const PATIENCE = 30_000;

/**
 * Asks again what has a key, as long as it may work: what was done at the first time is not done twice.
 *
 * @template {"moderate" | "announce"} V
 * @param {Connection} connection
 * @param {V} verb
 * @param {Commands[V]} fields
 * @returns {Promise<Answers[V]>} rejected with a ChorusError
 */
export async function insist(connection, verb, fields) {
  const end = Date.now() + PATIENCE;
  for (let attempt = 0; ; attempt++) {
    try {
      return await connection.ask(verb, fields);
    } catch (error) {
      if (!(error instanceof ChorusError) || !error.retryable) throw error;
      const wait = Math.max(error.retry_after_ms, backoff(attempt));
      if (Date.now() + wait > end) throw error;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}
