/** @import {Connection} from "./connection.js" */
/** @import {Credentials, Identified} from "./identity.js" */
import { ChorusError } from "./error.js";

/**
 * Returns a token that says who one is, made by the product that Chorus is a part of; null when there is
 * none, since nobody is signed in. When it throws it is asked again later.
 *
 * @typedef {() => string | null | Promise<string | null>} TokenSource
 */

/**
 * Who one is by the token of a product. One token is used as long as nodes take it, then there has to be
 * a fresh one.
 *
 * @implements {Identified}
 */
export class Tokens {
  #source;
  /** @type {Promise<Credentials> | null} */
  #current = null;
  /** Whether there is a fresh token since one was refused, which no node has taken yet. */
  #renewed = false;

  /** @param {TokenSource} source */
  constructor(source) {
    this.#source = source;
  }

  /** @returns {Promise<Credentials>} */
  credentials() {
    this.#current ??= this.#ask();
    return this.#current;
  }

  welcomed() {
    this.#renewed = false;
  }

  dropToken() {
    this.#current = null;
    const mayHelp = !this.#renewed;
    this.#renewed = true;
    return mayHelp;
  }

  /** Asks anew the next time: somebody may have signed in since. */
  forget() {
    this.#current = null;
    this.#renewed = false;
  }

  /**
   * Gives a node a fresh token when it asks for one.
   *
   * @param {Connection} connection
   */
  follow(connection) {
    connection.on("refresh", async () => {
      this.#current = null;
      try {
        const { token = "" } = await this.credentials();
        connection.command("refresh", { token });
      } catch {
        // The node closes the session then, and it is asked again with the next one.
      }
    });
  }

  async #ask() {
    try {
      const token = await this.#source();
      if (token !== null) return { token };
    } catch (error) {
      this.#current = null;
      throw new ChorusError({ code: "no_token", message: String(error), retryable: true });
    }
    this.#current = null;
    throw new ChorusError({ code: "unauthorized", message: "Nobody is signed in.", retryable: false });
  }
}
