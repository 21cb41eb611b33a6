// The page: who one is, the connection, and the room that the address names.

/** @import {User} from "../lib/protocol.js" */
import { addressOf, roomInAddress } from "./address.js";
import { Chorus } from "../lib/chorus.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { directRoom } from "../lib/direct.js";
import { byId } from "./dom.js";
import { Drafts } from "../lib/drafts.js";
import { Heading } from "./heading.js";
import { NAME } from "../lib/identity.js";
import { listenForKeys } from "./keys.js";
import { LogView } from "./log-view.js";
import { listenForNotices } from "./notices.js";
import { setPage } from "./page.js";
import { People } from "./people.js";
import { Places } from "./places.js";
import { Scroll } from "./scroll.js";
import { Self } from "./self.js";
import { Sidebar } from "./sidebar.js";
import { Status } from "./status.js";
import { Store } from "../lib/store.js";
import { goBy } from "./times.js";
import { language, translate } from "./words.js";

document.documentElement.lang = language;
translate(document);
const store = new Store();
const chorus = new Chorus({ store });
const { connection, mailbox, rooms, everywhere } = chorus;
goBy(chorus.clock);
const places = new Places({ connection, rooms, mailbox, language });

const log = new LogView();
const scroll = new Scroll({
  scroller: byId("scroller", HTMLElement),
  content: byId("content", HTMLElement),
  items: byId("messages", HTMLElement),
  button: byId("newest", HTMLElement),
});
const drafts = new Drafts(store);
const composer = new Composer((text, about) => conversation?.send(text, about));
new Heading({ places, composer });
const sidebar = new Sidebar(places);
const people = new People(connection);
const me = new Self({ chorus, sidebar, rename });
new Status(connection, rooms);
everywhere.on("announced", async (message) => (await import("./announcement.js")).announce(message));
listenForNotices(rooms, mailbox, store);

/** @type {Conversation | null} */
let conversation = null;
setPage({
  connection,
  everywhere,
  mailbox,
  rooms,
  places,
  store,
  composer,
  go,
  talkTo,
  askName: () => me.ask(),
  room: () => rooms.join(roomInAddress()),
  rename,
});

connection.on("state", () => {
  if (connection.isOpen) composer.limit = connection.limits.text_chars;
});
byId("skip", HTMLButtonElement).addEventListener("click", () => composer.focus());
addEventListener("hashchange", () => {
  enter();
  // With a screen keyboard, half of what one came to read would be gone.
  if (!matchMedia("(pointer: coarse)").matches) composer.focus();
});
listenForKeys();
addEventListener("storage", ({ key, newValue }) => {
  if (key === NAME && newValue === null) location.reload(); // one was forgotten, in another tab
});

for (const name of rooms.kept) rooms.join(name);
enter();
if (chorus.name) chorus.start();
else me.ask();

/** Opens the room that the address names. */
function enter() {
  conversation?.close();
  const room = rooms.join(roomInAddress());
  const renamed = () => {
    history.replaceState(null, "", addressOf(room.name));
    places.show(room.name);
  };
  if (room.joined) renamed();
  else places.show(room.name);
  conversation = new Conversation({
    room,
    connection,
    composer,
    drafts,
    log,
    scroll,
    mailbox,
    people,
    renamed,
  });
}

/** @param {string} name */
function go(name) {
  location.hash = addressOf(name);
}

/**
 * Goes on alone with somebody.
 *
 * @param {User} user
 */
function talkTo(user) {
  const room = directRoom(connection.user?.id ?? "", user.id);
  places.meet(room, user);
  go(room);
}

/** @param {string} name */
function rename(name) {
  chorus.rename(name);
  composer.focus();
}
