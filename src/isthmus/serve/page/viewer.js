// The picture: zoom, grey levels, and moving it. It draws nothing.

const LARGEST = 8;
const STEP = 1.25;

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
    const { stage } = this;
    const [across, down] = [x ?? stage.clientWidth / 2, y ?? stage.clientHeight / 2];
    const [left, top] = [(stage.scrollLeft + across) / this.scale, (stage.scrollTop + down) / this.scale];
    this.fitted = false;
    this.scale = Math.min(Math.max(scale, 0.1), LARGEST);
    this.sheet.style.width = `${this.size[0] * this.scale}px`;
    this.sheet.style.height = `${this.size[1] * this.scale}px`;
    stage.scrollLeft = left * this.scale - across;
    stage.scrollTop = top * this.scale - down;
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
