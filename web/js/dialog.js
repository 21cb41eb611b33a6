import { make } from "./make.js";
import { thePage } from "./page.js";

/**
 * Opens a dialog under a title. When it is closed it is gone, and the focus is where it was, or else where
 * one writes.
 *
 * @param {string} title
 * @param {string} testid
 * @param {...Node} content
 */
export function openDialog(title, testid, ...content) {
  // Who presses twice while it is loaded wants one.
  for (const same of document.querySelectorAll(`dialog[data-testid="${testid}"]`)) if (same instanceof HTMLDialogElement) same.close();
  const before = document.activeElement;
  const heading = make("h2", { id: `${testid}-title` }, title);
  const dialog = make("dialog", { testid }, heading, ...content);
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && before !== document.body && before.checkVisibility()) before.focus();
    else thePage().composer.focus();
  });
  if (!dialog.querySelector("form, [autofocus]")) {
    heading.tabIndex = -1; // what is to be read is read from its beginning
    heading.autofocus = true;
  }
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
