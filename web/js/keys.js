/**
 * Lets keys work everywhere on the page. What they do is loaded with the first of them. A letter or a sign alone is none:
 * whoever speaks to the page would set it off.
 */
export function listenForKeys() {
  addEventListener("keydown", async (event) => {
    const key = [event.altKey && "Alt", (event.ctrlKey || event.metaKey) && "Ctrl", event.shiftKey && "Shift", event.key];
    const name = key.filter(Boolean).join("+");
    if (!/^(Alt\+(Shift\+)?Arrow(Up|Down)|Ctrl\+((Shift\+)?\/|k))$/.test(name)) return;
    if (document.querySelector("dialog[open]")) return; // something else is asked
    event.preventDefault();
    (await import("./shortcuts.js")).press(name);
  });
}
