/** How long a node may leave a command without any sign of life. */
const PATIENCE = 10_000;

/**
 * Finds out whether a connection still works. A browser does not show WebSocket pings, and a
 * connection that broke on the way stays silent: so after some silence it is time to ask, and
 * after asking something has to come soon.
 */
export class Liveness {
  #quiet = 0;
  #deadline = 0;
  #ask;
  #dead;

  /**
   * @param {() => void} ask called after a silence, to send a ping
   * @param {() => void} dead called when nothing comes
   */
  constructor(ask, dead) {
    this.#ask = ask;
    this.#dead = dead;
  }

  /** Something was asked: an answer, or anything else, has to come soon. */
  asked() {
    this.#deadline ||= setTimeout(this.#dead, PATIENCE);
  }

  /**
   * Something came.
   *
   * @param {number} silence how long nothing may come before it is time to ask, in milliseconds
   */
  heard(silence) {
    this.stop();
    this.#quiet = setTimeout(this.#ask, silence);
  }

  stop() {
    clearTimeout(this.#quiet);
    clearTimeout(this.#deadline);
    this.#quiet = this.#deadline = 0;
  }
}
