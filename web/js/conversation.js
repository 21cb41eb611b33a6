/** @import {Composer} from "./composer.js" */
/** @import {Connection} from "../lib/connection.js" */
/** @import {Draft, Drafts} from "../lib/drafts.js" */
/** @import {Mailbox} from "../lib/mailbox.js" */
/** @import {People} from "./people.js" */
/** @import {LogView} from "./log-view.js" */
/** @import {Message, Refusal, Removed} from "../lib/protocol.js" */
/** @import {Room} from "../lib/room.js" */
/** @import {Scroll} from "./scroll.js" */
import { loadActions } from "./actions.js";
import { removedSentence } from "./acts.js";
import { why } from "./complaints.js";
import { byId, find } from "./dom.js";
import { Ends } from "./ends.js";
import { Names } from "./names.js";
import { OutboxView } from "./outbox-view.js";
import { Seen } from "./seen.js";
import { Stretch } from "./stretch.js";
import { TypingLine } from "./typing-line.js";
import { UnreadLine } from "./unread-line.js";
import { say } from "./words.js";

/** The room on the screen: what was said, what is on its way, and what is being written. */
export class Conversation {
  #closed = new AbortController();
  #room;
  #composer;
  #log;
  #scroll;
  #stretch;
  #error = byId("room-error", HTMLElement);
  #rejoin = byId("rejoin", HTMLButtonElement);

  /**
   * @param {object} parts
   * @param {Room} parts.room
   * @param {Connection} parts.connection
   * @param {Composer} parts.composer
   * @param {Drafts} parts.drafts
   * @param {LogView} parts.log
   * @param {Scroll} parts.scroll
   * @param {Mailbox} parts.mailbox
   * @param {People} parts.people
   * @param {() => void} parts.renamed called when the node writes the name in another way
   */
  constructor({ room, connection, composer, drafts, log, scroll, mailbox, people, renamed }) {
    const { signal } = this.#closed;
    room.hold(signal);
    this.#room = room;
    this.#composer = composer;
    this.#log = log;
    this.#scroll = scroll;

    this.#error.hidden = true;
    log.quieten();
    log.named = new Names({ connection, room, met: (message) => log.update(message), signal });
    const stretch = (this.#stretch = new Stretch(room, log, () => scroll.moved()));
    scroll.part = stretch;
    scroll.toBottom();
    let { name } = room;
    room.on("joined", () => {
      if (!room.newest) log.quieten(); // what comes first was said before
      this.#joined();
      if (room.name === name) return;
      if (composer.draft === "") composer.written = drafts.of(room.name); // goes on with what was begun
      else {
        drafts.keep(name, { text: "" });
        composer.onchanged();
      }
      name = room.name;
      renamed();
    }, signal);
    room.on("refused", (refusal) => this.#refused(refusal), signal);
    room.on("removed", (removed) => this.#removed(removed), signal);
    this.#rejoin.addEventListener("click", () => {
      this.#error.hidden = true;
      room.enter();
      composer.focus();
    }, { signal });
    room.on("reset", () => {
      this.#error.hidden = true;
      log.quieten();
      stretch.clear();
      composer.drop();
    }, signal);
    room.on("message", (message) => this.#append(message), signal);
    room.on("changed", (message) => {
      log.update(message);
      if (message.deleted) composer.drop(message.id);
    }, signal);
    room.on("caught-up", () => log.quieten(), signal);
    loadActions({ room, stretch, log, scroll, composer, signal });
    const scroller = byId("scroller", HTMLElement);
    new Ends({ room, stretch, scroller, sign: byId("earlier", HTMLElement), end: byId("outbox", HTMLElement), signal });

    new OutboxView({ room, named: log.named, composer, signal });
    people.show(room, signal);
    const line = new UnreadLine({ room, mailbox, log, found: (fresh) => this.#leadTo(fresh), signal });
    const seen = new Seen({
      connection,
      mailbox,
      room,
      element: byId("seen", HTMLElement),
      looking: () => line.known && scroll.atBottom && document.visibilityState === "visible",
      signal,
    });
    mailbox.on("changed", () => seen.look(), signal);
    document.addEventListener("visibilitychange", () => seen.look(), { signal });
    scroller.addEventListener("scroll", () => seen.look(), { signal, passive: true });
    new TypingLine(room.typing, byId("typing", HTMLElement), signal);
    composer.onwriting = () => room.typing.say();
    composer.closed = "";
    composer.ready = false; // until it is certain that there is such a room
    composer.onchanged = () => drafts.keep(room.name, composer.written);
    composer.last = () => room.messages.findLast(({ user, text, act }) => user.id === log.named.id && text && !act);
    composer.written = drafts.of(room.name);
    if (room.joined) this.#joined();
    if (room.refusal) this.#refused(room.refusal);
    if (room.removal) this.#removed(room.removal);
  }

  /**
   * @param {string} text
   * @param {Pick<Draft, "replyTo" | "editing">} about
   */
  send(text, { replyTo, editing }) {
    if (editing) {
      if (text !== editing.text) this.#room.outbox.edit(editing, text);
      return;
    }
    this.#scroll.toBottom();
    this.#room.outbox.add(text, replyTo);
  }

  close() {
    this.#closed.abort();
  }

  #joined() {
    this.#composer.ready = true;
    this.#composer.closed = this.#room.access === "read" ? say("room.read-only") : "";
    this.#error.hidden = true;
  }

  /** @param {Message} message */
  #append(message) {
    const shortened = this.#stretch.add(message, () => this.#scroll.atBottom);
    if (message.user.id !== this.#log.named.id) this.#scroll.arrived();
    if (shortened) this.#scroll.toBottom(); // before the browser takes it for scrolling up that there is less
  }

  /**
   * Leads to the first of those messages that are new to somebody who has just come.
   *
   * @param {Message[]} fresh
   */
  #leadTo(fresh) {
    const [first] = fresh;
    if (!first || !this.#scroll.atBottom) return;
    this.#stretch.showAround(first.seq);
    const item = this.#log.itemOf(first.seq);
    if (item) this.#scroll.to(item);
    this.#scroll.arrived(fresh.length);
  }

  /** @param {Refusal} refusal */
  #refused(refusal) {
    this.#say(say("room.refused", { why: why(refusal) }), refusal.code === "forbidden");
  }

  /** @param {Removed} removed */
  #removed(removed) {
    this.#say(removedSentence(removed), true);
  }

  /**
   * Says why one is not in the room.
   *
   * @param {string} reason
   * @param {boolean} mayRejoin whether that may be over when somebody asks again
   */
  #say(reason, mayRejoin) {
    this.#composer.ready = false;
    find(this.#error, "p", HTMLElement).textContent = reason;
    this.#rejoin.hidden = !mayRejoin;
    this.#error.hidden = false;
  }
}
