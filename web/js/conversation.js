/** @import {Composer} from "./composer.js" */
/** @import {Connection} from "./connection.js" */
/** @import {LogView} from "./log-view.js" */
/** @import {Refusal} from "./protocol.js" */
/** @import {Scroll} from "./scroll.js" */
/** @import {Store} from "./store.js" */
import { byId } from "./dom.js";
import { Earlier } from "./earlier.js";
import { Outbox } from "./outbox.js";
import { OutboxView } from "./outbox-view.js";
import { complaint } from "./protocol.js";
import { Room } from "./room.js";

/** What is written in rooms one has gone away from, as long as the page is open. */
const drafts = /** @type {Map<string, string>} */ (new Map());

/** The room on the screen: what was said, what is on its way, and what is being written. */
export class Conversation {
  #closed = new AbortController();
  #room;
  #outbox;
  #composer;
  #log;
  #error = byId("room-error", HTMLElement);

  /**
   * @param {object} parts
   * @param {string} parts.name
   * @param {Connection} parts.connection
   * @param {Store} parts.store
   * @param {Composer} parts.composer
   * @param {LogView} parts.log
   * @param {Scroll} parts.scroll
   * @param {(name: string) => void} parts.renamed called with the room's name as the node writes it
   */
  constructor({ name, connection, store, composer, log, scroll, renamed }) {
    const { signal } = this.#closed;
    this.#composer = composer;
    this.#log = log;
    this.#room = new Room(connection, name);

    this.#clear();
    scroll.toBottom();
    this.#room.on("joined", () => {
      if (!this.#room.newest) log.quieten(); // what comes first was said before
      log.me = connection.user?.id ?? "";
      composer.ready = true;
      this.#error.hidden = true;
      renamed(this.#room.name);
    }, signal);
    this.#room.on("refused", (refusal) => this.#refused(refusal), signal);
    this.#room.on("reset", () => this.#clear(), signal);
    this.#room.on("message", (message) => {
      log.append(message);
      if (message.user.id !== log.me) scroll.arrived();
    }, signal);
    this.#room.on("caught-up", () => log.quieten(), signal);
    this.#room.on("earlier", (messages) => log.prepend(messages), signal);
    new Earlier({ room: this.#room, scroller: byId("scroller", HTMLElement), sign: byId("earlier", HTMLElement), signal });

    this.#outbox = new Outbox(connection, this.#room, store);
    new OutboxView(this.#outbox, (text) => {
      composer.draft = [composer.draft, text].filter(Boolean).join("\n");
      composer.focus();
    });
    composer.room = name;
    composer.ready = false; // until it is certain that there is such a room
    composer.draft = drafts.get(name) ?? "";

    this.#outbox.load();
    this.#room.enter();
  }

  /** @param {string} text */
  send(text) {
    this.#outbox.add(text);
  }

  close() {
    drafts.set(this.#room.name, this.#composer.draft);
    this.#closed.abort();
    this.#outbox.close();
    this.#room.leave();
  }

  #clear() {
    this.#error.hidden = true;
    this.#log.quieten();
    this.#log.clear();
  }

  /** @param {Refusal} refusal */
  #refused(refusal) {
    this.#composer.ready = false;
    this.#error.textContent = `This room can't be opened: ${complaint(refusal)}`;
    this.#error.hidden = false;
  }
}
