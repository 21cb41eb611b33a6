// The words of chorus.v1, as docs/protocol.md describes them: types for the checker, and the
// little that is needed at run time.

/**
 * @typedef {{seq: number, id: string}} Position
 * @typedef {{id: string, name: string}} User
 *
 * @typedef {{emoji: string, users: string[]}} Reaction
 *
 * What an entry says about a message. `kind` is edit, delete, react or unreact.
 *
 * @typedef {{of: Position, kind: string, emoji?: string}} Change
 *
 * What a message answers. There is no text where that was deleted.
 *
 * @typedef {{seq: number, id: string, user: User, text?: string, deleted?: boolean}} Reply
 *
 * What a moderator did to somebody. `kind` is kick, mute, unmute, ban or unban.
 *
 * @typedef {{kind: string, user: {id: string, name?: string}, until?: string}} Act
 *
 * What holds for somebody in a room. `kind` is mute or ban.
 *
 * @typedef {{user: User, kind: string, until?: string}} Sanction
 *
 * An entry of a room's log. With a `change` it is about another message, and not shown itself.
 *
 * @typedef {object} Message
 * @property {string} room
 * @property {number} seq
 * @property {string} id
 * @property {string} key
 * @property {User} user
 * @property {string} [text] none where it was deleted, or is no edit
 * @property {string} time
 * @property {Reply} [reply]
 * @property {Change} [change]
 * @property {boolean} [edited]
 * @property {boolean} [deleted]
 * @property {Reaction[]} [reactions]
 * @property {Act} [act] its text is a reason then
 * @property {boolean} [announcement]
 *
 * @typedef {object} Limits
 * @property {number} frame_bytes
 * @property {number} text_chars
 * @property {number} name_chars
 * @property {number} room_chars
 * @property {number} rooms
 * @property {number} history
 *
 * `token` is a guest's, to come back with; `expires` the end of a token of somebody else's making.
 *
 * @typedef {object} Welcome
 * @property {User} user
 * @property {boolean} [admin]
 * @property {string} [token]
 * @property {string} [expires]
 * @property {string} node
 * @property {Limits} limits
 * @property {number} ping_seconds
 * @property {string} [time] what the time is at the node
 *
 * @typedef {{room: string, head: Position, access?: string, read?: Position}} Joined
 * @typedef {{room: string, seq: number, id: string, time: string, duplicate?: boolean}} Sent
 * @typedef {{room: string, messages: Message[], more: boolean}} HistoryPage
 * @typedef {{room: string, reason: string, head: Position}} Reset
 * @typedef {{room: string, user: User, seconds: number}} Typing
 *
 * That the session is in a room no longer. `reason` is rights, kicked or banned.
 *
 * @typedef {{room: string, reason: string, until?: string}} Removed
 *
 * An error of the protocol. The code "lost" is the client's own: the connection broke before
 * the answer came.
 *
 * @typedef {object} Refusal
 * @property {string} code
 * @property {string} message
 * @property {string | undefined} [field]
 * @property {boolean} retryable
 * @property {number} [retry_after_ms]
 */

/**
 * @typedef {{room: string, count: number, users?: User[]}} Roster
 * @typedef {{room: string, count: number, joined?: User[], changed?: User[], left?: string[]}} Presence
 * @typedef {{room: string, user: User, head: Position}} Notice
 * @typedef {{room: string, user: string, at: Position}} ReadMark
 * @typedef {{room: string, user?: User, last?: Message, head: Position, read: Position, unread: number}} MailboxRoom
 */

/**
 * What comes without having been asked for, by the field of the event.
 *
 * @typedef {object} Pushed
 * @property {Message} message
 * @property {Reset} reset
 * @property {Typing} typing
 * @property {Removed} removed
 * @property {Roster} roster
 * @property {Presence} presence
 * @property {Notice} notice
 * @property {ReadMark} read
 * @property {{missed?: boolean}} mailbox
 * @property {{seconds: number}} refresh
 */

/** @type {(keyof Pushed)[]} */
export const PUSHED = ["message", "reset", "typing", "removed", "roster", "presence", "notice", "read", "mailbox", "refresh"];

/**
 * What is asked, by verb.
 *
 * @typedef {object} Commands
 * @property {{name?: string, token?: string}} connect
 * @property {{token: string}} refresh
 * @property {{room: string, since?: Position, presence?: boolean}} join
 * @property {{room: string}} leave
 * @property {{room: string, key: string, text: string, reply?: Position}} send
 * @property {{room: string, key: string, of: Position, text: string}} edit
 * @property {{room: string, key: string, of: Position}} delete
 * @property {{room: string, key: string, of: Position, emoji: string}} react
 * @property {{room: string, key: string, of: Position, emoji: string}} unreact
 * @property {{room: string, key: string, action: string, user: string, seconds?: number, reason?: string}} moderate
 * @property {{room: string, key: string, text: string}} announce
 * @property {{room: string}} sanctions
 * @property {{room: string, before?: Position, limit?: number}} history
 * @property {{room: string}} typing
 * @property {{}} mailbox
 * @property {{room: string, at: Position}} read
 * @property {{}} ping
 */

/**
 * What is answered, by the verb that was asked.
 *
 * @typedef {object} Answers
 * @property {Welcome} connect
 * @property {{expires: string}} refresh
 * @property {Joined} join
 * @property {{room: string}} leave
 * @property {Sent} send
 * @property {Sent} edit
 * @property {Sent} delete
 * @property {Sent} react
 * @property {Sent} unreact
 * @property {Sent} moderate
 * @property {Sent} announce
 * @property {{room: string, sanctions: Sanction[]}} sanctions
 * @property {HistoryPage} history
 * @property {{room: string, seconds: number}} typing
 * @property {{rooms?: MailboxRoom[]}} mailbox
 * @property {ReadMark} read
 * @property {{}} ping
 */

/** @typedef {keyof Commands & keyof Answers} Verb */

export const SUBPROTOCOL = "chorus.v1";

/** Where what concerns everybody is announced: it is no room, and cannot be joined. */
export const EVERYWHERE = "@";

/** @type {{[V in Verb]?: string}} */
const ANSWERS = { connect: "welcome", refresh: "refreshed", join: "joined", leave: "left", ping: "pong" };
const STORED = ["send", "edit", "delete", "react", "unreact", "moderate", "announce"];

/**
 * Returns the field that holds a verb's answer. Others are named like the verb.
 *
 * @param {Verb} verb
 */
export function answerTo(verb) {
  return STORED.includes(verb) ? "sent" : (ANSWERS[verb] ?? verb);
}

/**
 * What is asked again until it is done, by whoever asked. So the last answer to one of these says how
 * things are.
 *
 * @type {Set<Verb>}
 */
export const PERSISTENT = new Set(["join", "send", "edit", "delete", "react", "unreact", "history"]);

/** The limits before a node has told its own. */
export const DEFAULT_LIMITS = Object.freeze({
  frame_bytes: 16384,
  text_chars: 4000,
  name_chars: 40,
  room_chars: 64,
  rooms: 100,
  history: 100,
});

/** @type {Refusal} */
export const LOST = Object.freeze({
  code: "lost",
  message: "The connection broke before the answer came.",
  retryable: true,
});

/**
 * Whether to come back after a connection was closed with this code.
 *
 * @param {number} code
 */
export function mayReconnect(code) {
  return !([1002, 1003, 1007, 1009].includes(code) || (code >= 4500 && code <= 4999));
}

/**
 * How many characters the node counts in a text: code points, where .length counts UTF-16 units.
 *
 * @param {string} text
 */
export function characters(text) {
  return text.length - (text.match(/[\u{10000}-\u{10FFFF}]/gu)?.length ?? 0);
}

/**
 * Returns what is wrong, for people: a refusal's message names the field first, where there is one.
 *
 * @param {{message: string, field?: string | undefined}} refusal
 */
export function complaint({ message, field }) {
  const prefix = `${field}: `;
  return field && message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
