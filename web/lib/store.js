/**
 * A place to keep texts in, such as localStorage.
 *
 * @typedef {object} Shelf
 * @property {number} length
 * @property {(index: number) => string | null} key
 * @property {(key: string) => string | null} getItem
 * @property {(key: string, value: string) => void} setItem
 * @property {(key: string) => void} removeItem
 */

/**
 * What is kept on this device. Browsers may refuse to keep anything (private windows, a full
 * disk, a setting), and elsewhere there may be nothing to keep it in; then it is kept as long as the page.
 */
export class Store {
  #storage;
  #owner;
  /** @type {Map<string, string>} what the browser would not take */
  #memory = new Map();

  /**
   * @param {() => Shelf} [storage] returns the browser's storage, or throws
   * @param {string} [owner] keeps apart what several people have on one device
   */
  constructor(storage = () => shelf("localStorage"), owner = "") {
    this.#storage = storage;
    this.#owner = owner;
  }

  /**
   * @param {string} key
   * @returns {string | null}
   */
  get(key) {
    try {
      return this.#memory.get(key) ?? this.#storage().getItem(this.#owner + key);
    } catch {
      return null;
    }
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  set(key, value) {
    try {
      this.#storage().setItem(this.#owner + key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  /** @param {string} key */
  remove(key) {
    this.#memory.delete(key);
    try {
      this.#storage().removeItem(this.#owner + key);
    } catch {
      // It was never kept.
    }
  }

  /**
   * Returns the keys that begin with a prefix.
   *
   * @param {string} prefix
   */
  keys(prefix) {
    const keys = new Set(this.#memory.keys());
    try {
      const storage = this.#storage();
      for (let i = 0; i < storage.length; i++) {
        const key = storage.key(i) ?? "";
        if (key.startsWith(this.#owner)) keys.add(key.slice(this.#owner.length));
      }
    } catch {
      // Only what is in memory, then.
    }
    return [...keys].filter((key) => key.startsWith(prefix));
  }
}

/**
 * Returns what this device keeps, or what this tab does. It throws where there is nothing of the kind.
 *
 * @param {"localStorage" | "sessionStorage"} name
 */
export function shelf(name) {
  const found = /** @type {Record<string, Shelf | undefined>} */ (/** @type {unknown} */ (globalThis))[name];
  if (!found) throw new Error("There is no storage here.");
  return found;
}
