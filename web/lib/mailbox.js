/** @import {Connection} from "./connection.js" */
/** @import {MailboxRoom, Notice, Position, ReadMark} from "./protocol.js" */
import { backoff } from "./backoff.js";
import { Emitter } from "./emitter.js";

/** A mark is moved at most this often: it is not worth a command for each message. */
const MARK_EVERY = 1000;

/**
 * Whom one talks to alone, what is unread there, and how far one has read in all rooms. It is the same
 * on all devices.
 *
 * Events: `changed`, with nothing; `noticed` when somebody else has written to one alone; `read` when the
 * other one of a direct room has read something.
 *
 * @extends {Emitter<{changed: void, noticed: Notice, read: ReadMark}>}
 */
export class Mailbox extends Emitter {
  /** @type {MailboxRoom[]} direct rooms, the one with the newest message first */
  rooms = [];
  /** Whether a node has told what there is. */
  known = false;

  #connection;
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {Map<string, Position>} how far one has read, by room */
  #marks = new Map();
  /** @type {Map<string, Position>} the marks that no node has taken yet, by room */
  #due = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} until they are told */
  #soon;
  /** @type {(Notice | ReadMark)[] | null} what has come while it is asked, and the answer may not know of */
  #news = null;

  /** @param {Connection} connection */
  constructor(connection) {
    super();
    this.#connection = connection;
    connection.on("state", (state) => {
      clearTimeout(this.#retry);
      this.#attempt = 0;
      if (state.name !== "open") return;
      this.tellMarks(); // before it is asked, so that the answer knows of them
      this.#ask();
    });
    connection.on("mailbox", () => this.#ask()); // something was missed
    connection.on("notice", (notice) => this.#noticed(notice));
    connection.on("read", (mark) => this.#marked(mark));
  }

  /** How many direct rooms have something unread. */
  get unread() {
    return this.rooms.filter(({ unread }) => unread > 0).length;
  }

  /**
   * What the other one of a direct room is called, as far as is known.
   *
   * @param {string} room
   */
  nameOf(room) {
    return this.rooms.find((known) => known.room === room)?.user?.name;
  }

  /**
   * How far one has read in a room, as far as is known.
   *
   * @param {string} room
   * @returns {Position | undefined}
   */
  markOf(room) {
    return this.#marks.get(room);
  }

  /**
   * Says that a room was read up to a message.
   *
   * @param {string} room
   * @param {Position} at
   */
  markRead(room, at) {
    this.#due.set(room, at);
    this.#tellSoon();
    this.#move(room, at); // it is read now, whenever that is told
  }

  /** Tells at once how far one has read, as far as that was not told yet. */
  tellMarks() {
    if (!this.#connection.isOpen) return; // they are told with the next connection
    clearTimeout(this.#soon);
    this.#soon = undefined;
    for (const [room, at] of this.#due) {
      const told = () => this.#due.get(room) === at && this.#due.delete(room);
      this.#connection.command(
        "read",
        { room, at },
        (mark) => {
          told();
          this.#marked(mark);
        },
        (refusal) => {
          if (refusal.code === "lost") return; // as well
          if (refusal.retryable) this.#tellSoon(refusal.retry_after_ms);
          else told();
        },
      );
    }
  }

  /** @param {number} [wait] at least, in milliseconds */
  #tellSoon(wait = 0) {
    this.#soon ??= setTimeout(() => this.tellMarks(), Math.max(wait, MARK_EVERY));
  }

  /**
   * Begins anew in a room whose log was lost: what the mark named is something else now.
   *
   * @param {string} room
   */
  forget(room) {
    this.#marks.delete(room);
    this.#due.delete(room);
  }

  #ask() {
    /** @type {(Notice | ReadMark)[]} */
    const news = [];
    this.#news = news;
    const answered = () => {
      if (this.#news === news) this.#news = null;
    };
    this.#connection.command(
      "mailbox",
      {},
      ({ rooms = [] }) => {
        answered();
        this.rooms = rooms.filter(({ user }) => user);
        this.known = true;
        for (const { room, read } of rooms) this.#moveMark(room, read);
        for (const [room, at] of this.#due) this.#move(room, at); // read since it was asked
        for (const one of news) this.#catchUp(one);
        this.emit("changed", undefined);
      },
      (refusal) => {
        answered();
        if (refusal.code === "lost" || !refusal.retryable) return; // asked again with the next connection, or in vain
        this.#retry = setTimeout(() => this.#ask(), Math.max(refusal.retry_after_ms ?? 0, backoff(this.#attempt++)));
      },
    );
  }

  /** @param {Notice | ReadMark} news to be taken again, unless it is known */
  #catchUp(news) {
    const known = this.rooms.find(({ room }) => room === news.room);
    if ("at" in news) {
      if (known && known.read.seq < news.at.seq) this.#move(news.room, news.at);
    } else if (!known || known.head.seq < news.head.seq) this.#put(news);
  }

  /** @param {Notice} notice */
  #noticed(notice) {
    this.#news?.push(notice);
    this.#put(notice);
    if (notice.user.id !== this.#connection.user?.id) this.emit("noticed", notice);
  }

  /** @param {Notice} notice */
  #put({ room, user, head }) {
    const known = this.rooms.find((other) => other.room === room);
    if (!known && user.id === this.#connection.user?.id) {
      this.#ask(); // begun on another device: the other one's name is not in this
      return;
    }
    const read = known?.read ?? { seq: 0, id: "" };
    const now = { ...known, room, user: known?.user?.name ? known.user : user, head, read, unread: Math.max(0, head.seq - read.seq) };
    this.rooms = [now, ...this.rooms.filter((other) => other !== known)];
    this.emit("changed", undefined);
  }

  /** @param {ReadMark} mark */
  #marked(mark) {
    if (mark.user !== this.#connection.user?.id) {
      this.emit("read", mark);
      return;
    }
    this.#news?.push(mark);
    this.#move(mark.room, mark.at);
  }

  /**
   * @param {string} room
   * @param {Position} at
   */
  #move(room, at) {
    this.#moveMark(room, at);
    this.rooms = this.rooms.map((known) =>
      known.room === room ? { ...known, read: at, unread: Math.max(0, known.head.seq - at.seq) } : known,
    );
    this.emit("changed", undefined);
  }

  /**
   * @param {string} room
   * @param {Position} at
   */
  #moveMark(room, at) {
    if (at.seq >= (this.#marks.get(room)?.seq ?? 0)) this.#marks.set(room, at);
  }
}
