/** @import {Reaction} from "../lib/protocol.js" */
import { find } from "./dom.js";
import { KeyedList } from "./keyed-list.js";
import { listed, say } from "./words.js";

/** So many of those who have reacted are named. */
const NAMED = 20;

/** Who looks at reactions, and what others are called. */
/** @typedef {{id: string, nameOf: (id: string) => string | undefined}} Reader */

/** @type {WeakMap<HTMLElement, KeyedList<Reaction>>} */
const lists = new WeakMap();

/**
 * Shows reactions as buttons, with which one puts one's own or takes it away.
 *
 * @param {HTMLElement} list
 * @param {Reaction[]} reactions
 * @param {Reader} reader
 */
export function showReactions(list, reactions, reader) {
  list.hidden = reactions.length === 0;
  const shown = lists.get(list);
  if (!shown && list.hidden) return;
  const keyed = shown ?? new KeyedList({ list, template: "reaction", key: ({ emoji }) => emoji, fill });
  lists.set(list, keyed);
  keyed.show(reactions);

  /**
   * @param {HTMLElement} item
   * @param {Reaction} reaction
   */
  function fill(item, { emoji, users }) {
    const button = find(item, "button", HTMLButtonElement);
    const count = `${emoji} ${users.length}`;
    button.textContent = count;
    button.dataset["emoji"] = emoji;
    button.ariaPressed = String(users.includes(reader.id));
    const names = users.slice(0, NAMED).map((id) => (id === reader.id ? say("people.you") : reader.nameOf(id)) ?? say("somebody"));
    if (users.length > NAMED) names.push("…");
    button.title = listed(names);
    button.ariaLabel = say("reactions.by", { reaction: count, names: button.title });
  }
}
