import { choice, labelled, openForm } from "./form-dialog.js";
import { ChorusError } from "../lib/error.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { say } from "./words.js";

/** Asks a moderator what everybody in the room is to notice, or in the whole service, and says it. */
export async function openAnnouncing() {
  const [administers] = await Promise.all([isAdministrator(), needs()]);
  const { connection, everywhere, room } = thePage();
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

/** Whether one may decide everywhere: only who may is told what holds there. */
async function isAdministrator() {
  try {
    await thePage().everywhere.sanctions();
    return true;
  } catch (error) {
    if (error instanceof ChorusError) return false;
    throw error;
  }
}
