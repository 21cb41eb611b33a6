// A typed EventTarget. A listener that throws is reported and does not keep the others, or the
// next event, from being heard.

/** @template {Record<string, any>} Events */
export class Emitter {
  #target = new EventTarget();

  /**
   * Calls a listener with each event of a type, until the signal is aborted.
   *
   * @template {keyof Events & string} Type
   * @param {Type} type
   * @param {(detail: Events[Type]) => void} listener
   * @param {AbortSignal} [signal]
   */
  on(type, listener, signal) {
    this.#target.addEventListener(
      type,
      (event) => listener(/** @type {CustomEvent} */ (event).detail),
      signal ? { signal } : {},
    );
  }

  /**
   * @template {keyof Events & string} Type
   * @param {Type} type
   * @param {Events[Type]} detail
   */
  emit(type, detail) {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
