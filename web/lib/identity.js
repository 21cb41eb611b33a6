/** @import {Store} from "./store.js" */
/** @import {Welcome} from "./protocol.js" */

const TOKEN = "chorus.token";
/** Where the name is kept. It is removed when somebody is forgotten. */
export const NAME = "chorus.name";

/**
 * Who one is to a node.
 *
 * @typedef {object} Credentials
 * @property {string} [name]
 * @property {string} [token]
 *
 * @typedef {object} Identified
 * @property {() => Credentials | Promise<Credentials>} credentials what to connect with; rejected with a ChorusError
 * @property {(welcome: Welcome) => void} welcomed keeps what a node has accepted
 * @property {(refused: string) => boolean} dropToken forgets a token that is not valid any more; whether there
 *   may be another one
 */

/**
 * Who the person at this browser is, as a guest. All tabs share it, and it is read anew for each connection,
 * so that a new name in one tab is not undone by another.
 *
 * @implements {Identified}
 */
export class Identity {
  #store;
  /** A name that no node has accepted yet. */
  #wanted = "";

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** The name to show, "" if there is none yet. */
  get name() {
    return this.#wanted || (this.#store.get(NAME) ?? "");
  }

  /**
   * What to connect with.
   *
   * @returns {Credentials}
   */
  credentials() {
    const token = this.#store.get(TOKEN);
    const name = this.name;
    return { ...(token && { token }), ...(name && { name }) };
  }

  /**
   * Asks for a name with the next connection.
   *
   * @param {string} name
   */
  rename(name) {
    this.#wanted = name;
  }

  /** Goes back to the name before, if there was one. */
  keepName() {
    this.#wanted = "";
  }

  /**
   * Keeps what a node has accepted.
   *
   * @param {Welcome} welcome
   */
  welcomed({ user, token }) {
    this.#wanted = "";
    this.#store.set(NAME, user.name);
    if (token) this.#store.set(TOKEN, token);
  }

  /**
   * Forgets a token that is not valid any more. With the name alone one becomes a new user;
   * unless another tab was first, then the token that it has been given is there.
   *
   * @param {string} refused
   */
  dropToken(refused) {
    if (this.#store.get(TOKEN) === refused) this.#store.remove(TOKEN);
    return true;
  }
}
