import { backoff } from "./backoff.js";
import { DEFAULT_LIMITS } from "./protocol.js";

/** How long one attempt may take, in milliseconds. */
const PATIENCE = 10_000;

/**
 * What is sent to an event stream: one post at a time, each repeated under its number until it is taken. What
 * gathers meanwhile goes with the next one.
 */
export class Posts {
  #address;
  #gone;
  /** @type {string[]} */
  #waiting = [];
  #n = 0;
  #posting = false;
  #stopped = false;

  /**
   * @param {string} address
   * @param {() => void} gone called when the stream takes nothing any more
   */
  constructor(address, gone) {
    this.#address = address;
    this.#gone = gone;
  }

  /** @param {string} frame */
  send(frame) {
    this.#waiting.push(frame);
    if (!this.#posting) void this.#postAll();
  }

  stop() {
    this.#stopped = true;
  }

  async #postAll() {
    this.#posting = true;
    while (this.#waiting.length > 0 && !this.#stopped) {
      const taken = await this.#post(++this.#n, this.#gather());
      if (!taken && !this.#stopped) {
        this.stop();
        this.#gone();
      }
    }
    this.#posting = false;
  }

  /** Takes as much of what waits as goes into a frame. */
  #gather() {
    let frame = this.#waiting.shift() ?? "";
    for (const next of [...this.#waiting]) {
      const longer = `${frame}\n${next}`;
      if (new TextEncoder().encode(longer).length > DEFAULT_LIMITS.frame_bytes) break;
      frame = longer;
      this.#waiting.shift();
    }
    return frame;
  }

  /**
   * @param {number} n
   * @param {string} body
   * @returns {Promise<boolean>} whether it was taken
   */
  async #post(n, body) {
    for (let attempt = 0; !this.#stopped; attempt++) {
      let wait = backoff(attempt);
      try {
        const answer = await fetch(`${this.#address}?n=${n}`, { method: "POST", body, keepalive: true, signal: AbortSignal.timeout(PATIENCE) });
        if (answer.ok) return true;
        if (answer.status < 500 && answer.status !== 429) return false;
        wait = Math.max(wait, 1000 * Number(answer.headers.get("Retry-After")));
      } catch {
        // It may have been taken or not.
      }
      await new Promise((done) => setTimeout(done, wait));
    }
    return false;
  }
}
