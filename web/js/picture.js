import { needs } from "./lazily.js";
import { make } from "./make.js";
import { say } from "./words.js";

/**
 * Shows the picture that a link leads to behind the button that asks for it, or takes it away again.
 *
 * @param {HTMLButtonElement} button
 * @param {string} href
 */
export async function togglePicture(button, href) {
  await needs("picture.css");
  const open = button.ariaExpanded === "true";
  button.ariaExpanded = String(!open);
  button.textContent = say(open ? "picture.show" : "picture.hide");
  if (open) button.nextElementSibling?.remove();
  else button.after(picture(href));
}

/** @param {string} href */
function picture(href) {
  const name = new URL(href).pathname.split("/").at(-1) ?? "";
  const image = make("img", { src: href, alt: say("picture.alt", { name }), referrerPolicy: "no-referrer", decoding: "async", testid: "picture" });
  const frame = make("span", { className: "picture" }, image);
  image.addEventListener("error", () => frame.replaceChildren(say("picture.failed")));
  return frame;
}
