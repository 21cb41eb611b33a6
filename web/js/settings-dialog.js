/** @import {Language} from "./words.js" */
import { openDialog } from "./dialog.js";
import { forget } from "./forget.js";
import { choice, labelled } from "./form-dialog.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { switches } from "./switches.js";
import { LANGUAGES, language, say, speak } from "./words.js";

const THEME = "chorus.theme";

/** Shows what somebody can have otherwise on this device. */
export async function openSettings() {
  await needs("settings.css");
  const { connection, askName } = thePage();
  const close = make("button", { type: "button", testid: "settings-close" }, say("close"));
  const rename = make("button", { type: "button", className: "link", testid: "settings-name" }, say("settings.rename"));
  const name = make("p", {}, say("settings.name", { name: connection.user?.name ?? "" }), " ", rename);
  const dialog = openDialog(
    say("settings"),
    "settings",
    name,
    ...setting("language", LANGUAGES, language, (chosen) => speak(/** @type {Language} */ (chosen))),
    ...setting("theme", themes(), thePage().store.get(THEME) ?? "", setTheme),
    ...switches(),
    make("div", { className: "buttons" }, forgetButton(), close),
  );
  close.addEventListener("click", () => dialog.close());
  rename.addEventListener("click", () => {
    dialog.close();
    askName();
  });
}

/**
 * @param {"language" | "theme"} what
 * @param {Record<string, string>} options what they are called, by value
 * @param {string} current
 * @param {(chosen: string) => void} choose
 */
function setting(what, options, current, choose) {
  const select = choice(`settings-${what}`, Object.entries(options));
  select.value = current;
  select.addEventListener("change", () => choose(select.value));
  return labelled(say(`settings.${what}`), select);
}

function themes() {
  return { "": say("theme.auto"), light: say("theme.light"), dark: say("theme.dark") };
}

/** @param {string} theme "" for what the device has */
function setTheme(theme) {
  const { store } = thePage();
  if (theme) store.set(THEME, theme);
  else store.remove(THEME);
  // Other tabs hear of it by themselves.
  dispatchEvent(new StorageEvent("storage", { key: THEME, newValue: theme || null }));
}

function forgetButton() {
  const button = make("button", { type: "button", className: "quiet danger", testid: "forget" }, say("forget"));
  button.addEventListener("click", () => {
    const cancel = make("button", { type: "button", className: "quiet" }, say("cancel"));
    const sure = make("button", { type: "button", className: "danger", testid: "forget-sure" }, say("forget.sure"));
    const dialog = openDialog(
      say("forget.title"),
      "forget-dialog",
      make("p", {}, say("forget.what")),
      make("div", { className: "buttons" }, cancel, sure),
    );
    cancel.addEventListener("click", () => dialog.close());
    sure.addEventListener("click", () => forget(thePage().store));
  });
  return button;
}
