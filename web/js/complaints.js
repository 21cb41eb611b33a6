/** @import {Refusal} from "../lib/protocol.js" */
import { complaint } from "../lib/protocol.js";
import { isKey, language, say } from "./words.js";

/**
 * What is wrong, for people. A node says it in English, and more exactly than a catalogue can; others
 * are told by the code, or by the field.
 *
 * @param {Pick<Refusal, "code" | "message" | "field">} refusal
 */
export function why({ code, message, field }) {
  const words = [`error.${field?.split(".").at(-1)}`, `error.${code}`].find(isKey);
  return words && (language !== "en" || message === "") ? say(words) : complaint({ message, ...(field && { field }) });
}
