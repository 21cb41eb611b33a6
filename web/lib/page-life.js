/**
 * Calls back when the device may have slept or has another network, of which connections know nothing. Where
 * there is no page there is nothing that says so.
 *
 * @param {() => void} wake
 * @param {AbortSignal} signal ends it
 */
export function onWaking(wake, signal) {
  const { document } = /** @type {{document?: EventTarget & {hidden: boolean}}} */ (globalThis);
  for (const change of ["online", "offline"]) globalThis.addEventListener?.(change, wake, { signal });
  document?.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
}
