// What is laid on the picture: the crops at their places with their votes, the map, and the ruler.

import { word } from "../words.js";

const SVG = "http://www.w3.org/2000/svg";
const TEXT = 12; // pixels of the screen
const ROOM = 11; // that two votes take side by side, in heights of the text

function node(tag, attributes, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

const rectangle = ([x0, y0, x1, y1], kind) =>
  node("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, class: kind });

export class Marks {
  constructor(svg) {
    this.svg = svg;
    this.groups = {};
    this.labels = []; // of crops
    this.unit = 1;
    for (const name of ["map", "crops", "numbers", "ruler"]) this.groups[name] = svg.appendChild(node("g", { class: name }));
  }

  size([width, height]) {
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  scale(scale) {
    this.svg.style.fontSize = `${TEXT / scale}px`;
    this.unit = 1 / scale;
    this.label();
  }

  clear() {
    this.groups.map.replaceChildren();
    this.groups.crops.replaceChildren();
    this.labels = [];
  }

  // The window that the network sees, and in it each crop with its vote, at the corner that is its own.
  crops({ window, crops }) {
    const { crops: group } = this.groups;
    group.append(rectangle(window, "seen"));
    const room = Math.max(...crops.map(({ box }) => box[2])) - Math.min(...crops.map(({ box }) => box[0]));
    const [middle_x, middle_y] = [(window[0] + window[2]) / 2, (window[1] + window[3]) / 2];
    for (const [index, { box, p_malignant }] of crops.entries()) {
      group.append(rectangle(box, "crop"));
      const [x, y] = [(box[0] + box[2]) / 2 - middle_x, (box[1] + box[3]) / 2 - middle_y];
      const far = Math.max(Math.abs(x), Math.abs(y)) > 1;
      const anchor = !far ? "middle" : x < 0 ? "start" : "end";
      const at_x = !far ? middle_x : x < 0 ? box[0] : box[2];
      const at_y = !far ? middle_y : y < 0 ? box[1] : box[3];
      const shift = { middle: [0, 0.35], start: [0.3, 0], end: [-0.3, 0] }[anchor];
      const down = !far ? shift[1] : y < 0 ? 1.1 : -0.4;
      const place = { x: at_x, y: at_y, dx: `${shift[0]}em`, dy: `${down}em`, "text-anchor": anchor };
      const text = group.appendChild(node("text", place));
      this.labels.push({ text, room, number: index + 1, vote: p_malignant.toFixed(3) });
    }
    this.label();
  }

  // Each crop's number, with its vote where there is room: the votes stand beside the picture, too.
  label() {
    for (const { text, room, number, vote } of this.labels) {
      text.textContent = room < ROOM * TEXT * this.unit ? String(number) : `${number}: ${vote}`;
    }
  }

  // Which of several nodules is which.
  numbers(nodules) {
    const texts = nodules.map(({ box: [x, y] }, index) => node("text", { x, y: Math.max(y, this.unit * TEXT * 1.5), dy: "-0.3em" }, String(index + 1)));
    this.groups.numbers.replaceChildren(...(nodules.length > 1 ? texts : []));
  }

  // The box of a nodule that isn't drawn here.
  box(sides) {
    this.groups.crops.append(rectangle(sides, "nodule"));
  }

  map({ window: [x0, y0, x1, y1], map }) {
    if (!map?.png) return;
    this.groups.map.append(node("image", {
      x: x0, y: y0, width: x1 - x0, height: y1 - y0, preserveAspectRatio: "none",
      href: `data:image/png;base64,${map.png}`,
    }));
    const corner = { x: Math.max(x0, 0), y: Math.max(y0, 0), dx: "0.4em", dy: "1.3em", class: "label" };
    this.groups.map.append(node("text", corner, word("shown.map.label"))); // so that no picture of it goes without
  }

  // Where a pointer is, in pixels of the picture.
  at(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [x, y];
  }

  // Measures with the pointer while `active` says so; `spacing` gives mm a pixel between two points as [row, column],
  // or null.
  measureWith(active, spacing) {
    const { svg, groups: { ruler } } = this;
    let from = null;
    const at = (event) => this.at(event);
    svg.addEventListener("pointerdown", (event) => {
      if (!active()) return;
      from = at(event);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (from) ruler.replaceChildren(...this.rule(from, at(event), spacing(from, at(event))));
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (from = null));
  }

  rule([x0, y0], [x1, y1], spacing) {
    const [across, down] = [x1 - x0, y1 - y0];
    const length = spacing ? Math.hypot(across * spacing[1], down * spacing[0]) : Math.hypot(across, down);
    const text = spacing ? word("ruler.mm", { value: length.toFixed(1) }) : word("ruler.pixels", { value: Math.round(length) });
    return [
      node("line", { x1: x0, y1: y0, x2: x1, y2: y1 }),
      node("text", { x: (x0 + x1) / 2, y: (y0 + y1) / 2, dy: "-0.6em", "text-anchor": "middle" }, text),
    ];
  }

  clearRuler() {
    this.groups.ruler.replaceChildren();
  }
}
