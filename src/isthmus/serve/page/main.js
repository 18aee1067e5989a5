// The page, put together: files, frames, what is drawn, and what the model says of it.

import { fillAbout, openAbout } from "./panels/about.js";
import { call, Sent } from "./api.js";
import { Drawing } from "./picture/drawing.js";
import { listen } from "./controls.js";
import { DependsMap } from "./picture/map.js";
import { Marks } from "./picture/marks.js";
import { fillNodules } from "./picture/nodules.js";
import { card } from "./panels/result.js";
import { Own } from "./panels/own.js";
import { nothingDrawn, scaleWords, spacingBetween } from "./picture/area.js";
import { asText, reports } from "./panels/report.js";
import { Saved } from "./panels/saved.js";
import { Seen } from "./panels/seen.js";
import { signOut } from "./session.js";
import { Similar } from "./panels/similar.js";
import { Tirads } from "./panels/tirads.js";
import { Views } from "./panels/views.js";
import { Viewer } from "./picture/viewer.js";
import { Worklist } from "./panels/worklist.js";
import { element, loadWords, percent, word } from "./words.js";

const PREVALENCE = "isthmus.prevalence"; // of this site, in percent, entered once
const $ = (id) => document.getElementById(id);

class Page {
  constructor(about) {
    this.about = about;
    this.files = [];
    this.current = null;
    this.frame = 1;
    this.marks = new Marks($("marks"));
    this.viewer = new Viewer($("stage"), $("sheet"), (scale) => this.marks.scale(scale));
    this.drawing = new Drawing(() => this.drawn());
    this.seen = new Seen();
    this.own = new Own($("own"), this);
    this.views = new Views($("views"), this);
    this.saved = new Saved($("saved-panel"), this);
    this.worklist = new Worklist($("worklist"), this);
    this.tirads = new Tirads($("tirads"), $("agreement"), this);
    this.similar = new Similar(this);
    this.map = new DependsMap(this);
    this.tool = "rectangle";
    this.viewer.moveWith($("marks"), () => this.tool === "hand");
    $("marks").addEventListener("click", (event) => this.tool === "click" && this.propose(this.marks.at(event)));
    this.marks.measureWith(() => this.tool === "ruler", (from, to) => spacingBetween(this.current, from, to));
    this.viewer.pinchWith(() => this.drawing.cancel());
  }

  // Takes files up one after the other, and shows the first of them.
  async open(files) {
    const before = this.files.length;
    for (const file of files) {
      try {
        this.files.push(await new Sent(file).send());
        this.say("");
        if (this.files.length === before + 1) await this.show(this.files[before]);
      } catch (error) {
        this.say(error.message);
      }
    }
    this.listFiles();
  }

  async show(file, frame = 1) {
    const leave = () => this.leave();
    const { clientWidth } = $("stage");
    $("drop").hidden = true;
    $("sheet").hidden = false;
    let image;
    try {
      image = await this.viewer.show(file.url(frame), file.file.name, leave);
    } catch {
      await file.send(); // the service may have been started anew, and forgotten it
      image = await this.viewer.show(file.url(frame), file.file.name, leave);
    }
    const before = this.current;
    [this.current, this.frame] = [file, frame];
    if (before !== file) {
      if (before) before.seen = this.tirads.kept();
      this.tirads.restore(file.seen);
    }
    file.drawn ??= new Map();
    this.drawing.on(image, file.drawn.get(frame));
    this.marks.size(this.viewer.size);
    this.marks.clearRuler();
    this.use(this.tool);
    this.tellFacts();
    this.listFiles();
    this.drawn();
    if (clientWidth !== $("stage").clientWidth) this.viewer.fit();
  }

  // Puts a picture away that is done with.
  close() {
    this.drawing.off();
    this.current = null;
    for (const id of ["sheet", "frames"]) $(id).hidden = true;
    $("drop").hidden = false;
    $("facts").textContent = "";
    this.listFiles();
    this.drawn();
  }

  // Keeps what is drawn on the frame that is shown, and lets go of its picture.
  leave() {
    this.current?.drawn.set(this.frame, this.drawing.kept());
    this.drawing.off();
  }

  tellFacts() {
    const { file, frames } = this.current;
    $("facts").textContent = scaleWords(file.name, this.current);
    $("frames").hidden = frames === 1;
    $("frame-number").max = String(frames);
    $("frame-number").value = String(this.frame);
    $("frame-shown").textContent = word("frames.shown", { frame: this.frame, frames });
  }

  listFiles() {
    $("files").hidden = this.files.length < 2;
    const focused = $("files").contains(document.activeElement);
    $("files").replaceChildren(...this.files.map((file) => {
      const button = element("button", { type: "button" }, word("files.item", { name: file.file.name }));
      if (file === this.current) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => this.show(file));
      return element("li", {}, button);
    }));
    if (focused) $("files").querySelector("[aria-current]")?.focus();
  }

  async turn(frame) {
    if (!this.current || frame < 1 || frame > this.current.frames || frame === this.frame) return;
    await this.show(this.current, frame).catch((error) => this.say(error.message));
  }

  use(tool) {
    this.tool = tool;
    this.drawing.use(tool);
    $("sheet").dataset.tool = tool;
    for (const button of document.querySelectorAll("[data-tool][aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
  }

  // What is drawn has changed: what the model said of it before no longer counts.
  drawn() {
    const nodules = this.drawing.nodules();
    this.withdraw();
    $("nodules-none").textContent = nothingDrawn(this.current);
    $("nodules-none").hidden = nodules.length > 0;
    $("add-box").hidden = !this.current;
    this.own.reset();
    this.allow();
    fillNodules($("nodules"), nodules, this.drawing);
    this.marks.numbers(nodules);
  }

  // Takes the model's reading off the page: it holds no longer.
  withdraw() {
    this.marks.clear();
    $("results").hidden = true;
    this.tirads.reading = null;
  }

  // In a study that asks for it the model is asked only after the reader's own reading is saved.
  allow() {
    const first = this.about.own_first && !this.own.saved;
    $("read").disabled = !this.current || first;
    $("read-first").textContent = word(this.current ? "own.before" : "read.none");
    $("read-first").hidden = !$("read").disabled;
    this.worklist.allow();
  }

  addBox() {
    const [width, height] = this.viewer.size;
    this.drawing.add([0.25 * width, 0.25 * height, 0.75 * width, 0.75 * height].map(Math.round));
    document.querySelector("#nodules li:last-child input")?.focus();
  }

  // Draws the box that is proposed for a click, and lets the reader correct it.
  async propose(point) {
    const { current, frame } = this;
    try {
      const click = point.map((one) => one.toFixed(1)).join(",");
      const { box } = await current.ask("propose", { frame, click });
      if (current !== this.current || frame !== this.frame) return;
      this.use("rectangle");
      this.drawing.add(box);
    } catch (error) {
      this.say(error.message);
    }
  }

  asked() {
    const nodules = this.drawing.nodules();
    const outline = nodules.length === 1 && nodules[0].points;
    const where = outline
      ? { polygon: asText(outline) }
      : { box: nodules.map(({ box }) => box.join(",")) };
    return { frame: this.frame, ...where };
  }

  async read() {
    if (!this.current || $("read").disabled) return;
    const asked = this.asked();
    const read = this.own.saved?.id;
    const prevalence = this.prevalence();
    this.say("");
    $("read").disabled = true;
    try {
      const [{ predictions }, { nodules }] = await Promise.all([
        this.current.ask("predict", { ...asked, read, prevalence }),
        this.current.ask("explain", { ...asked, read, prevalence }),
      ]);
      if (JSON.stringify(asked) !== JSON.stringify(this.asked())) return;
      this.tell(predictions, nodules);
      this.seen.add(this.current.picture, predictions.filter(({ gate }) => gate?.accepted ?? true));
      if (read) this.saved.fill();
      else this.own.late();
    } catch (error) {
      this.say(error.message);
    } finally {
      this.allow();
    }
  }

  tell(predictions, nodules) {
    const answered = nodules.filter((_, index) => predictions[index].gate?.accepted ?? true);
    this.marks.clear();
    for (const one of answered) this.marks.crops(one);
    $("cards").replaceChildren(...predictions.map((one, index) => card(one, index + 1, this.about, nodules[index].observed)));
    reports(this, $("cards").children);
    this.views.offer($("cards").children);
    $("results").hidden = false;
    this.tirads.beside(predictions.length === 1 ? predictions[0] : null);
    $("shown").hidden = answered.length === 0;
    this.map.clear();
    this.similar.clear();
    $("results").scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  // The share of malignant nodules at this site, null where the model's own is to hold.
  prevalence() {
    const share = Number($("prevalence").value) / 100;
    return share > 0 && share < 1 ? share : null;
  }

  tellPrevalence() {
    const here = this.prevalence();
    const share = this.about.prevalence === null ? "?" : percent(this.about.prevalence);
    const told = { share, here: here && percent(here) };
    $("prevalence-note").textContent = word(here ? "prevalence.here" : "prevalence.model", told);
    localStorage.setItem(PREVALENCE, $("prevalence").value);
  }

  say(message) {
    $("message").textContent = message;
    $("message").hidden = !message;
    if (message) $("message").scrollIntoView({ block: "nearest" });
  }
}

async function start() {
  await loadWords();
  const about = await call("model");
  $("model").textContent = about.model;
  const page = new Page(about);
  $("prevalence").value = localStorage.getItem(PREVALENCE) ?? "";
  $("prevalence").disabled = about.prevalence === null;
  page.tellPrevalence();
  page.drawn();
  await page.tirads.start();
  await page.own.recall().catch((error) => page.say(error.message));
  listen(page);
  signOut($("sign-out"), about.user, (message) => page.say(message));
  page.worklist.start();
  fillAbout(about);
  openAbout(about);
  document.body.dataset.ready = "true";
}

start().catch((error) => {
  $("message").textContent = error.message;
  $("message").hidden = false;
});
