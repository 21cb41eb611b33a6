/** @import {ChorusError} from "../lib/error.js" */
/** @import {Room} from "../lib/room.js" */
import { backoff } from "../lib/backoff.js";
import { isDirect } from "../lib/direct.js";
import { say } from "./words.js";

/** How far before the top to begin loading. */
const AHEAD = "800px";

/** Loads earlier messages when the reader comes near the oldest one. */
export class Earlier {
  #room;
  #sign;
  #signal;
  #observer;
  #loading = false;
  #attempt = 0;

  /**
   * @param {object} options
   * @param {Room} options.room
   * @param {HTMLElement} options.scroller
   * @param {HTMLElement} options.sign stands before the oldest message, and says what is going on
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ room, scroller, sign, signal }) {
    this.#room = room;
    this.#sign = sign;
    this.#signal = signal;
    // A busy browser tells of several changes at once; the last one counts.
    this.#observer = new IntersectionObserver((changes) => changes.at(-1)?.isIntersecting && this.#load(), {
      root: scroller,
      rootMargin: `${AHEAD} 0px 0px`,
    });
    signal.addEventListener("abort", () => this.#observer.disconnect());
    room.on("caught-up", () => this.#look(), signal);
    room.on("message", () => this.#loading || this.#say(this.#beginning()), signal);
    room.on("shortened", () => this.#look(), signal);
    room.on("reset", () => this.#say(""), signal);
    this.#say("");
  }

  /** Looks whether the sign is in sight, even if it was before. */
  #look() {
    this.#observer.disconnect();
    if (this.#signal.aborted) return;
    if (this.#room.hasEarlier) this.#observer.observe(this.#sign);
    this.#say(this.#beginning());
  }

  async #load() {
    if (this.#loading || !this.#room.joined) return;
    this.#loading = true;
    this.#say(say("earlier.loading"));
    try {
      await this.#room.loadEarlier();
      this.#attempt = 0;
      if (this.#room.oldest) this.#look();
    } catch (error) {
      this.#failed(/** @type {ChorusError} */ (error));
    }
    this.#loading = false;
  }

  /** @param {ChorusError} error */
  #failed(error) {
    // After a broken connection the room catches up, and after a fork it is reset.
    this.#say("");
    if (!error.retryable || error.code === "lost") return;
    setTimeout(() => this.#look(), Math.max(error.retry_after_ms, backoff(this.#attempt++)));
  }

  #beginning() {
    const { hasEarlier, oldest, name } = this.#room;
    if (hasEarlier) return "";
    if (!oldest) return say("earlier.nothing");
    if (oldest.seq > 1) return say("earlier.expired");
    return isDirect(name) ? say("earlier.direct") : say("earlier.beginning", { room: name });
  }

  /** @param {string} text */
  #say(text) {
    if (this.#sign.textContent !== text) this.#sign.textContent = text;
  }
}
