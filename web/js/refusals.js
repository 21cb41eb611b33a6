import { why } from "./complaints.js";
import { ChorusError } from "../lib/error.js";

/**
 * Returns why something that was asked was not done, for people. What is no answer of a node is a mistake, and thrown
 * again.
 *
 * @param {unknown} error
 */
export function complaintOf(error) {
  if (error instanceof ChorusError) return why(error);
  throw error;
}
