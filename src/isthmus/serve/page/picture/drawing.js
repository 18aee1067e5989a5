// What a reader draws: boxes and outlines, by Annotorious. Lengths are in pixels of the picture.

/* global Annotorious */

import { word } from "../words.js";

const SHAPES = ".a9s-annotation, [class*=handle]";
const within = (value, most) => Math.min(Math.max(value, 0), most);

export class Drawing {
  constructor(changed) {
    this.changed = changed;
    this.tool = "rectangle";
    this.annotator = null;
  }

  // Draws on an image from now on, beginning with what was drawn on it before.
  on(image, kept = []) {
    this.size = [image.naturalWidth, image.naturalHeight];
    this.annotator = Annotorious.createImageAnnotator(image, { drawingMode: "drag", theme: "light" });
    this.annotator.setAnnotations(kept);
    this.annotator.state.store.observe(() => this.changed()); // its own events come a second late
    this.use(this.tool);
    nameHandles(this.annotator.element);
    this.annotator.element.addEventListener("pointerdown", (event) => this.beside(event), { capture: true });
  }

  // While a shape is selected Annotorious draws no other, and takes the first drag beside it to leave that off. A reader
  // means to draw: the press is given to it again when it has let go.
  beside(event) {
    const { annotator, draws } = this;
    if (!event.isTrusted || !draws || !annotator.getSelected().length || event.target.closest(SHAPES)) return;
    event.stopImmediatePropagation();
    annotator.cancelSelected();
    const { clientX, clientY } = event;
    setTimeout(() => document.elementFromPoint(clientX, clientY)?.dispatchEvent(new PointerEvent(event.type, event)));
  }

  // Lets go of the image, which must still be where it was.
  off() {
    this.annotator?.destroy();
    this.annotator = null;
  }

  // "rectangle", "polygon", or another tool, which draws nothing.
  use(tool) {
    this.tool = tool;
    this.draws = tool === "rectangle" || tool === "polygon";
    this.annotator?.setDrawingEnabled(this.draws);
    if (this.draws) {
      this.annotator?.setDrawingTool(tool);
      this.annotator?.setDrawingMode(tool === "polygon" ? "click" : "drag");
    }
  }

  cancel() {
    this.annotator?.cancelDrawing();
    this.annotator?.cancelSelected();
  }

  kept() {
    return this.annotator?.getAnnotations() ?? [];
  }

  // The nodules drawn, in their order: id, box of whole pixels, and the points of an outline.
  nodules() {
    return this.kept().map((one) => {
      const { type, geometry } = one.target.selector;
      if (type === "RECTANGLE") {
        const { x, y, w, h } = geometry;
        return { id: one.id, box: this.clipped([x, y, x + w, y + h].map(Math.round)) };
      }
      const [most_x, most_y] = this.size.map((side) => side - 0.01);
      const points = geometry.points.map(([x, y]) => [within(x, most_x), within(y, most_y)]);
      const [xs, ys] = [0, 1].map((axis) => points.map((point) => Math.floor(point[axis])));
      return { id: one.id, points, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1] };
    });
  }

  clipped([x0, y0, x1, y1]) {
    const [width, height] = this.size;
    const [left, top] = [within(x0, width - 1), within(y0, height - 1)];
    return [left, top, within(Math.max(x1, left + 1), width), within(Math.max(y1, top + 1), height)];
  }

  // Adds a box, with its handles.
  add(box) {
    const id = unique();
    this.annotator.addAnnotation(annotation(id, this.clipped(box)));
    this.annotator.setSelected(id, true);
  }

  // Draws what was saved, in place of what is there: boxes or an outline, as the service takes them.
  put({ box, polygon }) {
    const points = polygon?.split(";").map(numbers);
    const made = points ? [outline(unique(), points)] : box.map((one) => annotation(unique(), numbers(one)));
    this.annotator.setAnnotations(made);
    this.changed();
  }

  change(id, box) {
    this.annotator.updateAnnotation(annotation(id, this.clipped(box)));
  }

  remove(id) {
    this.annotator.removeAnnotation(id);
  }

  removeSelected() {
    for (const one of this.annotator?.getSelected() ?? []) this.annotator.removeAnnotation(one.id);
  }
}

// Gives the handles a name, for those who can't see them.
function nameHandles(layer) {
  const name = () => {
    for (const handle of layer.querySelectorAll('[role="button"]:not([aria-label])')) {
      handle.setAttribute("aria-label", word("drawing.handle"));
    }
  };
  new MutationObserver(name).observe(layer, { childList: true, subtree: true });
  name();
}

const unique = () => crypto.randomUUID?.() ?? String(Math.random());
const numbers = (text) => text.split(",").map(Number);

function outline(id, points) {
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const bounds = { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
  return { id, bodies: [], target: { annotation: id, selector: { type: "POLYGON", geometry: { points, bounds } } } };
}

function annotation(id, [x0, y0, x1, y1]) {
  const bounds = { minX: x0, minY: y0, maxX: x1, maxY: y1 };
  const geometry = { x: x0, y: y0, w: x1 - x0, h: y1 - y0, rot: 0, bounds };
  return { id, bodies: [], target: { annotation: id, selector: { type: "RECTANGLE", geometry } } };
}
