import { openDialog } from "./dialog.js";
import { make } from "./make.js";
import { complaintOf } from "./refusals.js";
import { say } from "./words.js";

/**
 * Asks something in a dialog. What is wrong with what was answered is said there, and can be mended.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.testid
 * @param {Node[]} options.fields
 * @param {string} options.submit what the button says
 * @param {() => Promise<unknown>} options.act does what was answered; rejected with a ChorusError
 */
export function openForm({ title, testid, fields, submit, act }) {
  const error = make("p", { className: "error", role: "alert", testid: `${testid}-error` });
  const cancel = make("button", { type: "button", className: "quiet", testid: `${testid}-cancel` }, say("cancel"));
  const button = make("button", { testid: `${testid}-submit` }, submit);
  const form = make("form", {}, ...fields, error, make("div", { className: "buttons" }, cancel, button));
  const dialog = openDialog(title, testid, form);
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    error.textContent = "";
    try {
      await act();
      dialog.close();
    } catch (refusal) {
      error.textContent = complaintOf(refusal);
    } finally {
      button.disabled = false;
    }
  });
}

/**
 * Returns a field under its label.
 *
 * @param {string} label
 * @param {HTMLElement} field
 */
export function labelled(label, field) {
  return [make("label", { htmlFor: field.id }, label), field];
}

/**
 * Returns a choice between values, the first of which is chosen.
 *
 * @param {string} id also its hook for tests
 * @param {[value: string, label: string][]} options
 */
export function choice(id, options) {
  return make("select", { id, testid: id }, ...options.map(([value, label]) => make("option", { value }, label)));
}
