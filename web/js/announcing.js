import { choice, labelled, openForm } from "./form-dialog.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { sanctionsOf } from "./sanctions-of.js";
import { say } from "./words.js";

/** Asks a moderator what everybody in the room is to notice, or in the whole service, and says it. */
export async function openAnnouncing() {
  const { connection, everywhere, room } = thePage();
  const [administers] = await Promise.all([sanctionsOf(everywhere), needs()]);
  const here = room();
  const text = make("textarea", { id: "announce-text", rows: 3, required: true, dir: "auto", testid: "announce-text" });
  text.maxLength = connection.limits.text_chars;
  const where = choice("announce-where", [
    ["room", say("announce.room", { room: here.name })],
    ["everywhere", say("announce.everywhere")],
  ]);
  openForm({
    title: say("announce"),
    testid: "announce",
    fields: [...(administers ? labelled(say("announce.where"), where) : []), ...labelled(say("announce.text"), text)],
    submit: say("announce.do"),
    act: () => (where.value === "everywhere" ? everywhere : here).announce(text.value.trim()),
  });
}
