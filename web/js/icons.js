const SVG = "http://www.w3.org/2000/svg";

/** The outlines of icons, in a square of 24 units. */
export const ICONS = Object.freeze({
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM8 9h2v2H8zm6 0h2v2h-2zm-6.500 4.500h9a4.500 4 0 0 1-9 0z",
  reply: "M9 5v4c7 0 11 4 12 10-3-4-6.500-5.500-12-5.500V18l-7-6.500z",
  pencil: "M4 16 15 5l4 4L8 20H4zM16 4l1.500-1.500 4 4L20 8z",
  bin: "M6 8h12l-1 13H7zm3-5h6l1 2h4v2H4V5h4z",
  copy: "M8 3h12v14H8zm2 2v10h8V5zM4 7h2v12h10v2H4z",
  person: "M12 3a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM3 21c0-5 4-7.500 9-7.500s9 2.500 9 7.500z",
});

/**
 * Returns an icon. It says nothing: what it stands on has a label.
 *
 * @param {string} path one of ICONS
 */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: "20", height: "20", "aria-hidden": "true" })) svg.setAttribute(name, value);
  shape.setAttribute("d", path);
  shape.setAttribute("fill-rule", "evenodd");
  svg.append(shape);
  return svg;
}
