// The list of what is drawn: each nodule's box in numbers, which can be typed as well.

import { element, word } from "./words.js";

const SIDES = ["left", "top", "right", "bottom"];

export function fillNodules(list, nodules, drawing) {
  const focused = document.activeElement?.id;
  list.replaceChildren(...nodules.map((nodule, index) => item(nodule, index + 1, drawing)));
  if (focused) document.getElementById(focused)?.focus();
}

function item({ id, box, points }, number, drawing) {
  const remove = element("button", { type: "button", class: "remove", "aria-label": word("nodules.remove", { number }) }, "×");
  remove.addEventListener("click", () => drawing.remove(id));
  const name = element("strong", {}, word("nodules.name", { number }));
  const row = element("li", { "data-nodule": id }, element("div", { class: "row" }, name, remove));
  if (points) row.append(element("p", { class: "small" }, word("nodules.outline", { points: points.length })));
  else row.append(element("div", { class: "sides" }, ...SIDES.map((_, at) => side(id, box, at, number, drawing))));
  return row;
}

function side(id, box, at, number, drawing) {
  const input = element("input", {
    type: "number", step: "1", min: "0", value: String(box[at]), id: `side-${id}-${at}`,
    "aria-label": word("nodules.side", { number, side: word(`nodules.${SIDES[at]}`) }),
  });
  input.addEventListener("change", () => {
    const changed = [...box];
    changed[at] = Math.round(Number(input.value));
    drawing.change(id, changed);
  });
  return element("label", {}, element("span", { "aria-hidden": "true" }, word(`nodules.${SIDES[at]}`)), input);
}
