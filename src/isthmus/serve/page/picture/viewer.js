// The picture: zoom, grey levels, and moving it. It draws nothing.

const LARGEST = 8;
const STEP = 1.25;

// The middle of two fingers on the screen, and how far they are apart.
function between([{ clientX: x0, clientY: y0 }, { clientX: x1, clientY: y1 }]) {
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, apart: Math.max(Math.hypot(x1 - x0, y1 - y0), 1) };
}

export class Viewer {
  constructor(stage, sheet, zoomed) {
    this.stage = stage;
    this.sheet = sheet;
    this.zoomed = zoomed;
    this.scale = 1;
    this.size = null;
    new ResizeObserver(() => this.fitted && this.fit()).observe(stage);
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  // Shows the picture at a URL, in place of the one before, of which `leave` takes leave; gives its element.
  async show(url, alt, leave) {
    const image = new Image();
    image.id = "frame";
    image.alt = alt;
    image.draggable = false;
    image.src = url;
    await image.decode();
    leave();
    this.sheet.querySelector("#frame").replaceWith(image);
    const size = [image.naturalWidth, image.naturalHeight];
    const same = this.size?.join() === size.join();
    this.size = size;
    if (same) this.zoom(this.scale);
    else this.fit();
    return image;
  }

  fit() {
    if (!this.size) return;
    const room = [this.stage.clientWidth - 4, this.stage.clientHeight - 4];
    this.zoom(Math.min(room[0] / this.size[0], room[1] / this.size[1], LARGEST));
    this.fitted = true;
  }

  // Zooms, and keeps the middle of what is seen, or the point of the screen (x, y), where it is.
  zoom(scale, x = null, y = null) {
    const { stage, sheet } = this;
    const frame = stage.getBoundingClientRect();
    const held = [frame.left + (x ?? stage.clientWidth / 2), frame.top + (y ?? stage.clientHeight / 2)];
    const was = sheet.getBoundingClientRect();
    const point = [(held[0] - was.left) / this.scale, (held[1] - was.top) / this.scale];
    this.fitted = false;
    this.scale = Math.min(Math.max(scale, 0.1), LARGEST);
    this.sheet.style.width = `${this.size[0] * this.scale}px`;
    this.sheet.style.height = `${this.size[1] * this.scale}px`;
    const is = sheet.getBoundingClientRect();
    stage.scrollLeft += is.left + point[0] * this.scale - held[0];
    stage.scrollTop += is.top + point[1] * this.scale - held[1];
    this.zoomed(this.scale);
  }

  in() { if (this.size) this.zoom(this.scale * STEP); }
  out() { if (this.size) this.zoom(this.scale / STEP); }

  wheel(event) {
    if (!this.size || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const at = this.stage.getBoundingClientRect();
    this.zoom(this.scale * (event.deltaY < 0 ? STEP : 1 / STEP), event.clientX - at.left, event.clientY - at.top);
  }

  // Two fingers zoom and move the picture; `begun` lets go of what one finger had begun.
  pinchWith(begun) {
    const { stage } = this;
    let last = null;
    stage.addEventListener("touchstart", ({ touches }) => {
      if (touches.length !== 2 || !this.size) return;
      begun();
      last = between(touches);
    }, { capture: true, passive: true });
    stage.addEventListener("touchmove", (event) => {
      if (!last || event.touches.length !== 2) return;
      event.preventDefault();
      const [now, at] = [between(event.touches), stage.getBoundingClientRect()];
      this.zoom((this.scale * now.apart) / last.apart, last.x - at.left, last.y - at.top);
      stage.scrollLeft += last.x - now.x;
      stage.scrollTop += last.y - now.y;
      last = now;
    }, { capture: true, passive: false });
    for (const end of ["touchend", "touchcancel"]) {
      stage.addEventListener(end, ({ touches }) => touches.length < 2 && (last = null), { capture: true });
    }
    for (const kind of ["pointerdown", "pointermove"]) {
      stage.addEventListener(kind, (event) => {
        if (last || (event.pointerType === "touch" && !event.isPrimary)) event.stopPropagation();
      }, { capture: true });
    }
  }

  // Moves the picture with the pointer while `active` says so.
  moveWith(target, active) {
    let last = null;
    target.addEventListener("pointerdown", (event) => {
      if (!active()) return;
      last = [event.clientX, event.clientY];
      target.setPointerCapture(event.pointerId);
    });
    target.addEventListener("pointermove", (event) => {
      if (!last) return;
      this.stage.scrollLeft += last[0] - event.clientX;
      this.stage.scrollTop += last[1] - event.clientY;
      last = [event.clientX, event.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) target.addEventListener(end, () => (last = null));
  }

  // Window and level: grey values level +- width / 2 are spread over black to white.
  grey(level, width) {
    const slope = 255 / width;
    for (const one of document.querySelectorAll("#window feFuncR, #window feFuncG, #window feFuncB")) {
      one.setAttribute("slope", slope);
      one.setAttribute("intercept", 0.5 - (slope * level) / 255);
    }
    this.sheet.classList.toggle("windowed", level !== 128 || width !== 255);
  }
}
