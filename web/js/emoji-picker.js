import { openDialog } from "./dialog.js";
import { needs } from "./lazily.js";
import { make } from "./make.js";
import { say } from "./words.js";

/** Those that people use most, by what they are about. */
const EMOJI = [
  "👍 👎 👌 👏 🙌 🙏 👋 🤝 💪 🤞 ✌️ 🫶 👀 🤷 🙋 🤦",
  "😀 😄 😂 🤣 😊 😉 😍 😘 😎 🤩 🥳 🤔 🤨 😐 🙄 😏 😅 😇 🥲 😢 😭 😡 🤯 😱 😴 🤒 🤐 🤗 🫡 🫠 🤓 😈",
  "❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 ✨ 🔥 💥 🎉 🎊 🎈 🎁",
  "✅ ❌ ❓ ❗ ⚠️ ➕ ➖ 🆗 🚀 🐛 🔧 💡 📌 📎 ⏳ 🔒",
  "☕ 🍵 🍺 🍷 🍰 🍕 🍜 🥟 🌈 ☀️ 🌧️ ❄️ 🐱 🐶 🦄 🌸",
].map((group) => group.split(" "));

/**
 * Lets somebody choose an emoji.
 *
 * @param {"reaction" | "text"} purpose what it is for
 * @returns {Promise<string | null>} null where none was chosen
 */
export async function pickEmoji(purpose) {
  await needs("emoji.css");
  const groups = EMOJI.map((group) =>
    make("div", { className: "emoji" }, ...group.map((emoji) => make("button", { type: "button", className: "quiet", value: emoji, testid: "emoji" }, emoji))),
  );
  const cancel = make("button", { type: "button", className: "quiet", testid: "emoji-cancel" }, say("cancel"));
  const dialog = openDialog(say(`emoji.${purpose}`), "emoji-dialog", ...groups, make("div", { className: "buttons" }, cancel));
  return new Promise((done) => {
    let chosen = /** @type {string | null} */ (null);
    dialog.addEventListener("click", ({ target }) => {
      const button = target instanceof Element && target.closest("button");
      if (!button) return;
      chosen = button.value || null;
      dialog.close();
    });
    dialog.addEventListener("keydown", move);
    dialog.addEventListener("close", () => done(chosen));
  });
}

/** @param {KeyboardEvent} event */
function move(event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const { target, currentTarget } = event;
  if (!by || !(target instanceof HTMLElement) || !(currentTarget instanceof HTMLElement)) return;
  const buttons = [...currentTarget.querySelectorAll("button")];
  buttons.at((buttons.findIndex((button) => button === target) + by) % buttons.length)?.focus();
  event.preventDefault();
}
