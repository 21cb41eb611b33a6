/** @import {Refusal, Verb} from "./protocol.js" */
import { LOST, answerTo } from "./protocol.js";

/**
 * A command that was given.
 *
 * @typedef {object} Command
 * @property {Verb} verb
 * @property {(answer: any) => void} done
 * @property {(refusal: Refusal) => void} failed
 */

/** The commands of a connection that wait for their answers. */
export class Pending {
  #lastId = 0;
  /** @type {Map<number, Command>} by id */
  #commands = new Map();

  /**
   * Returns the id that a command gets.
   *
   * @param {Command} command
   */
  add(command) {
    this.#commands.set(++this.#lastId, command);
    return this.#lastId;
  }

  /**
   * Returns the command that an event answers, if one waits for it.
   *
   * @param {{id?: number}} event
   */
  take({ id = 0 }) {
    const command = this.#commands.get(id);
    this.#commands.delete(id);
    return command;
  }

  /** Gives up all answers, since the connection that they would have come over is gone. */
  lose() {
    const commands = [...this.#commands.values()];
    this.#commands.clear();
    for (const { failed } of commands) failed(LOST);
  }
}

/**
 * Tells a command how it ended.
 *
 * @param {Command} command
 * @param {any} event
 */
export function settle({ verb, done, failed }, event) {
  if (event.error) failed(event.error);
  else done(event[answerTo(verb)]);
}
