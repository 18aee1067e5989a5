// What a file states of its scan area: millimetres of the one region of tissue that both ends of a line lie in.

import { word } from "../words.js";

const holds = ([x0, y0, x1, y1], [x, y]) => x0 <= x && x <= x1 && y0 <= y && y <= y1;

// Millimetres a pixel between two points as [row, column]; null where no region, or more than one, has both.
export function spacingBetween(picture, from, to) {
  const those = (picture?.regions ?? []).filter(({ box }) => holds(box, from) && holds(box, to));
  return those.length === 1 ? those[0].spacing_mm : null;
}

// What is known of a picture's size.
export function scaleWords(name, { width, height, regions }) {
  const known = regions.filter((one) => one.spacing_mm);
  const mm = known[0]?.spacing_mm.map((one) => one.toFixed(3)).join(" × ");
  const kind = ["facts.pixels", "facts.spacing"][known.length] ?? "facts.regions";
  return word(kind, { name, width, height, mm, count: known.length });
}

// What is read while nothing is drawn.
export function nothingDrawn(picture) {
  if (!picture) return word("nodules.none");
  const { width, height, scan_area: area } = picture;
  return word(area.join() === [0, 0, width, height].join() ? "nodules.whole" : "nodules.area");
}
