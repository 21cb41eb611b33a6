import { chime } from "./chime.js";
import { make } from "./make.js";
import { NOTIFY, SOUND } from "./notices.js";
import { thePage } from "./page.js";
import { say } from "./words.js";

/** Returns what turns notifications and the sound on and off. The browser is asked for its permission only then. */
export function switches() {
  const refused = make("p", { className: "error", role: "alert", testid: "notify-refused" });
  const notify = aSwitch("notify", NOTIFY, async () => {
    if (await permitted()) return true;
    refused.textContent = say("notify.refused");
    return false;
  });
  const sound = aSwitch("sound", SOUND, async () => {
    chime();
    return true;
  });
  return [notify, refused, sound];
}

/**
 * @param {"notify" | "sound"} what
 * @param {string} key where it is kept
 * @param {() => Promise<boolean>} turnOn returns whether it can be
 */
function aSwitch(what, key, turnOn) {
  const { store } = thePage();
  const box = make("input", { type: "checkbox", checked: store.get(key) !== null, testid: `settings-${what}` });
  box.addEventListener("change", async () => {
    if (box.checked) box.checked = await turnOn();
    if (box.checked) store.set(key, "yes");
    else store.remove(key);
  });
  return make("label", { className: "switch" }, box, " ", say(`settings.${what}`));
}

async function permitted() {
  return "Notification" in globalThis && (await Notification.requestPermission()) === "granted";
}
