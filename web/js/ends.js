/** @import {ChorusError} from "../lib/error.js" */
/** @import {Room} from "../lib/room.js" */
/** @import {Stretch} from "./stretch.js" */
import { backoff } from "../lib/backoff.js";
import { isDirect } from "../lib/direct.js";
import { say } from "./words.js";

/** How far before the reader comes to an end to show more. */
const AHEAD = "800px";

/**
 * Shows more messages when the reader comes near the first or the last one that is shown, and loads earlier
 * ones when the room has no more of them.
 */
export class Ends {
  #room;
  #stretch;
  #sign;
  #end;
  #signal;
  #observer;
  #loading = false;
  #attempt = 0;

  /**
   * @param {object} options
   * @param {Room} options.room
   * @param {Stretch} options.stretch
   * @param {HTMLElement} options.scroller
   * @param {HTMLElement} options.sign stands before the messages, and says what is going on
   * @param {HTMLElement} options.end stands behind them
   * @param {AbortSignal} options.signal ends it
   */
  constructor({ room, stretch, scroller, sign, end, signal }) {
    this.#room = room;
    this.#stretch = stretch;
    this.#sign = sign;
    this.#end = end;
    this.#signal = signal;
    this.#observer = new IntersectionObserver((changes) => this.#seen(changes), { root: scroller, rootMargin: `${AHEAD} 0px` });
    signal.addEventListener("abort", () => this.#observer.disconnect());
    room.on("caught-up", () => this.#look(), signal);
    room.on("message", () => this.#loading || this.#say(this.#beginning()), signal);
    room.on("shortened", () => this.#look(), signal);
    room.on("reset", () => this.#say(""), signal);
    this.#say("");
    if (room.caughtUp) this.#look();
  }

  /** @param {IntersectionObserverEntry[]} changes */
  #seen(changes) {
    // A busy browser tells of several changes at once; the last one counts.
    const near = new Map(changes.map(({ target, isIntersecting }) => [target, isIntersecting]));
    if (near.get(this.#end) && !this.#stretch.atEnd) {
      this.#stretch.showLater();
      this.#look();
    }
    if (near.get(this.#sign)) void this.#showEarlier();
  }

  /** Looks whether an end is near, even if it was before. */
  #look() {
    this.#observer.disconnect();
    if (this.#signal.aborted) return;
    for (const element of [this.#sign, this.#end]) this.#observer.observe(element);
    this.#say(this.#beginning());
  }

  async #showEarlier() {
    if (this.#stretch.showEarlier()) {
      this.#look();
    } else if (!this.#loading && this.#room.joined && this.#room.hasEarlier) {
      this.#loading = true;
      await this.#load();
      this.#loading = false;
    }
  }

  async #load() {
    this.#say(say("earlier.loading"));
    try {
      await this.#room.loadEarlier();
      this.#attempt = 0;
      if (this.#signal.aborted) return;
      this.#stretch.showEarlier();
      if (this.#room.oldest) this.#look();
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(/** @type {ChorusError} */ (error));
    }
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
    if (hasEarlier || !this.#stretch.atBeginning) return "";
    if (!oldest) return say("earlier.nothing");
    if (oldest.seq > 1) return say("earlier.expired");
    return isDirect(name) ? say("earlier.direct") : say("earlier.beginning", { room: name });
  }

  /** @param {string} text */
  #say(text) {
    if (this.#sign.textContent !== text) this.#sign.textContent = text;
  }
}
