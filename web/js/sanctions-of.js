/** @import {Moderated} from "../lib/moderated.js" */
/** @import {Sanction} from "../lib/protocol.js" */
import { ChorusError } from "../lib/error.js";

/**
 * Returns who is muted or banned in a room, or everywhere; null where one is not told. Everywhere only administrators
 * are: so this is how one finds out that one is one.
 *
 * @param {Moderated<any>} where
 * @returns {Promise<Sanction[] | null>}
 */
export async function sanctionsOf(where) {
  try {
    return await where.sanctions();
  } catch (error) {
    if (error instanceof ChorusError) return null;
    throw error;
  }
}
