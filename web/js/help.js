import { COMMANDS, DECISIONS } from "./command-line.js";
import { openDialog } from "./dialog.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { thePage } from "./page.js";
import { say } from "./words.js";

/** The key that is held with another one, where it is called otherwise. */
const HELD = /Mac|iPhone|iPad/.test(navigator.platform) ? { Ctrl: "⌘", Alt: "⌥" } : { Ctrl: "Ctrl", Alt: "Alt" };

/** Which keys do what. */
const KEYS = /** @type {const} */ ([
  ["find", [HELD.Ctrl, "K"]],
  ["beside", [HELD.Alt, "↑ ↓"]],
  ["unread", [HELD.Alt, "⇧", "↑ ↓"]],
  ["edit", ["↑"]],
  ["line", ["⇧", "Enter"]],
  ["complete", ["Tab"]],
  ["give-up", ["Esc"]],
  ["help", [HELD.Ctrl, "/"]],
]);

/** Shows which keys and commands there are. */
export async function openHelp() {
  await needs("list.css");
  const commands = thePage().room().access === "moderate" ? [...COMMANDS, ...DECISIONS] : COMMANDS;
  const close = make("button", { type: "button", testid: "help-close" }, say("close"));
  const dialog = openDialog(
    say("help"),
    "help",
    make("h3", {}, say("help.keys")),
    make("dl", { className: "list" }, ...KEYS.map(([name, keys]) => line(together(keys), say(`key.${name}`)))),
    make("h3", {}, say("help.commands")),
    make("dl", { className: "list" }, ...commands.map((name) => line(make("code", {}, say(`usage.${name}`)), say(`command.${name}`)))),
    make("div", { className: "buttons" }, close),
  );
  close.addEventListener("click", () => dialog.close());
}

/**
 * @param {Node} what
 * @param {string} does
 */
function line(what, does) {
  return make("div", {}, make("dt", {}, what), make("dd", {}, does));
}

/** @param {readonly string[]} keys */
function together(keys) {
  return make("span", {}, ...keys.map((key) => make("kbd", {}, key)));
}
