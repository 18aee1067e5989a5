// The list of what is drawn: each nodule's box in numbers, which can be typed as well.

import { element, word } from "../words.js";

const SIDES = ["left", "top", "right", "bottom"];

// The rows stay as they are while the nodules are the same: a row made anew takes the focus from who types in it.
export function fillNodules(list, nodules, drawing) {
  const rows = [...list.children];
  const same = rows.length === nodules.length && nodules.every(({ id, points }, at) => rows[at].dataset.row === key(id, points));
  if (!same) return list.replaceChildren(...nodules.map((nodule, index) => item(nodule, index + 1, drawing)));
  nodules.forEach(({ box, points }, at) => {
    if (!points) inputs(rows[at]).forEach((input, side) => { input.value = String(box[side]); });
  });
}

const key = (id, points) => `${id} ${points ? points.length : "box"}`;

const inputs = (row) => [...row.querySelectorAll("input")];

function item({ id, box, points }, number, drawing) {
  const remove = element("button", { type: "button", class: "remove", "aria-label": word("nodules.remove", { number }) }, "×");
  remove.addEventListener("click", () => drawing.remove(id));
  const name = element("strong", {}, word("nodules.name", { number }));
  const row = element("li", { "data-nodule": id, "data-row": key(id, points) }, element("div", { class: "row" }, name, remove));
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
    drawing.change(id, inputs(input.closest("li")).map((one) => Math.round(Number(one.value))));
  });
  return element("label", {}, element("span", { "aria-hidden": "true" }, word(`nodules.${SIDES[at]}`)), input);
}
