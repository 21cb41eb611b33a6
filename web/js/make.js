/**
 * Returns a new element with properties and attributes, and what is in it.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]> & {testid?: string}} [properties] `testid` is its hook for tests
 * @param {...(Node | string)} content
 */
export function make(tag, { testid, ...properties } = {}, ...content) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  if (testid) element.dataset["testid"] = testid;
  element.append(...content);
  return element;
}
