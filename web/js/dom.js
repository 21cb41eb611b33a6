/**
 * Returns the element with an id. The page and its modules are delivered together, so it is a
 * mistake when it is not there.
 *
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} type
 */
export function byId(id, type) {
  return find(document, `#${id}`, type);
}

/**
 * Returns the first element under another one that a selector fits.
 *
 * @template {Element} E
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => E} type
 */
export function find(root, selector, type) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`the page has no ${type.name} ${selector}`);
}

/**
 * Returns a copy of the one element in a template.
 *
 * @param {string} id
 */
export function fromTemplate(id) {
  const copy = byId(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (copy instanceof HTMLElement) return copy;
  throw new Error(`the template ${id} is empty`);
}
