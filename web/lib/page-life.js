/**
 * Calls back at what a page tells of itself. Where there is no page there is nothing that does.
 *
 * @param {object} calls
 * @param {() => void} calls.wake called when the device may have slept or has another network, of which connections know
 *   nothing
 * @param {() => void} calls.leave called when the page is put away or left: it may not come back
 * @param {AbortSignal} signal ends it
 */
export function followPage({ wake, leave }, signal) {
  const { document } = /** @type {{document?: EventTarget & {hidden: boolean}}} */ (globalThis);
  for (const change of ["online", "offline"]) globalThis.addEventListener?.(change, wake, { signal });
  globalThis.addEventListener?.("pagehide", leave, { signal });
  document?.addEventListener("visibilitychange", () => (document.hidden ? leave() : wake()), { signal });
}
