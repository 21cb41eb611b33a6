/** @import {CommandName} from "./command-line.js" */
/** @import {User} from "../lib/protocol.js" */
import { addressees, duration, isCommandName, parts } from "./command-line.js";
import { directRoom } from "../lib/direct.js";
import { sendable } from "./draft-text.js";
import { openHelp } from "./help.js";
import { knownPeople } from "./known-people.js";
import { needs } from "./lazily.js";
import { leave, mayLeave } from "./leave.js";
import { thePage } from "./page.js";
import { complaintOf } from "./refusals.js";
import { roomName } from "./room-name.js";
import { openSanctions } from "./sanctions.js";
import { say } from "./words.js";

/** What is wrong with a command, for people. */
class Complaint extends Error {}

/** @type {Record<CommandName, (rest: string) => void | Promise<unknown>>} what each does with what belongs to it */
const RUN = {
  help: openHelp,

  join(rest) {
    const name = some(roomName(rest), "join");
    goAway(() => thePage().go(name));
  },

  leave() {
    const room = thePage().room();
    if (!mayLeave(room)) throw new Complaint(say("command.last-room"));
    goAway(() => leave(room));
  },

  msg(rest) {
    const { connection, mailbox, rooms, talkTo } = thePage();
    const { user, rest: text } = addressee(rest, "msg", [...knownPeople(), ...mailbox.rooms.flatMap((known) => known.user ?? [])]);
    goAway(() => talkTo(user));
    if (text) rooms.join(directRoom(connection.user?.id ?? "", user.id)).outbox.add(text);
  },

  nick: (rest) => thePage().rename(some(rest, "nick")),

  kick(rest) {
    const { user, rest: reason } = addressee(rest, "kick");
    return thePage().room().moderate("kick", user.id, reasoned(reason));
  },

  mute: (rest) => restrict("mute", rest),
  ban: (rest) => restrict("ban", rest),
  unmute: (rest) => permit("mute", rest),
  unban: (rest) => permit("ban", rest),
  sanctions: () => openSanctions(),
  announce: (rest) => thePage().room().announce(some(rest, "announce")),
  "announce-all": (rest) => thePage().everywhere.announce(some(rest, "announce-all")),
};

/** Whether one is being carried out. */
let busy = false;

/**
 * Does what a command says that is written. It stands there until that is done, and longer if something is wrong with it.
 *
 * @param {string} text
 */
export async function carryOut(text) {
  if (busy) return;
  busy = true;
  const { composer } = thePage();
  try {
    await needs();
    const complaint = await run(text);
    if (complaint) composer.note(complaint);
    else if (sendable(composer.draft) === text) composer.draft = "";
  } finally {
    busy = false;
  }
}

/**
 * @param {string} text
 * @returns {Promise<string>} why it was not done, for people; "" if it was
 */
async function run(text) {
  const { name, rest } = parts(text);
  if (!isCommandName(name)) return say("command.unknown", { command: `/${name}` });
  try {
    await RUN[name](rest);
    return "";
  } catch (error) {
    if (error instanceof Complaint) return error.message;
    return complaintOf(error);
  }
}

/**
 * @param {"mute" | "ban"} action
 * @param {string} rest
 */
function restrict(action, rest) {
  const { user, rest: how } = addressee(rest, action);
  const { seconds, rest: reason } = duration(how);
  return thePage().room().moderate(action, user.id, { ...(seconds && { seconds }), ...reasoned(reason) });
}

/**
 * @param {"mute" | "ban"} kind
 * @param {string} rest
 */
async function permit(kind, rest) {
  const room = thePage().room();
  const sanctions = await room.sanctions();
  const { user } = addressee(rest, `un${kind}`, sanctions.filter((each) => each.kind === kind).map((each) => each.user));
  await room.moderate(`un${kind}`, user.id);
}

/** @param {string} reason */
function reasoned(reason) {
  return reason ? { reason } : {};
}

/**
 * Returns whom a command is for.
 *
 * @param {string} rest
 * @param {CommandName} command
 * @param {User[]} [among]
 */
function addressee(rest, command, among = knownPeople()) {
  const { users, rest: after } = addressees(some(rest, command), among);
  const [user] = users;
  if (!user) throw new Complaint(say("command.nobody", { name: rest }));
  if (users.length > 1) throw new Complaint(say("command.several", { name: user.name }));
  return { user, rest: after };
}

/**
 * Returns what belongs to a command, since it needs something.
 *
 * @param {string} rest
 * @param {CommandName} command
 */
function some(rest, command) {
  if (rest === "") throw new Complaint(say("command.needs", { usage: say(`usage.${command}`) }));
  return rest;
}

/**
 * Leaves no command behind as what is being written in this room.
 *
 * @param {() => void} go
 */
function goAway(go) {
  thePage().composer.draft = "";
  go();
}
