// A reader study on the page: who reads, the next nodule, the own reading, then the model's, to the end.

import { asJson, call } from "../api.js";
import { listenToGrey } from "../controls.js";
import { Marks } from "../picture/marks.js";
import { signOut } from "../session.js";
import { Viewer } from "../picture/viewer.js";
import { element, loadWords, word } from "../words.js";
import { fillAnswer, fillOpinion, opinion } from "./opinion.js";
import { Watch } from "./watch.js";

const READER = "isthmus.study.reader";
const $ = (id) => document.getElementById(id);
const line = (text) => element("p", {}, text);

class StudyPage {
  constructor(about) {
    this.about = about;
    this.marks = new Marks($("marks"));
    this.viewer = new Viewer($("stage"), $("sheet"), (scale) => this.marks.scale(scale));
    this.watch = new Watch();
    this.state = null;
    $("begin").addEventListener("submit", (event) => this.begin(event));
    $("opinion").addEventListener("submit", (event) => this.lock(event));
    $("other").addEventListener("click", () => this.welcome());
    listenToView(this.viewer);
    this.viewer.pinchWith(() => {});
  }

  welcome() {
    const { name, design, nodules, washout_days: washout, readers, user } = this.about;
    const told = ["study.nodules", `study.${design}`, "study.errs", "study.locked", "study.time"];
    $("told").replaceChildren(element("h2", {}, name), ...told.map((one) => line(word(one, { nodules, washout }))));
    const those = readers.filter((one) => !user || one.name === user);
    $("reader").replaceChildren(new Option(word("own.choose"), ""), ...those.map((one) => {
      const chosen = one.name === (user ?? localStorage.getItem(READER));
      return new Option(one.experience ? word("study.reader.of", one) : one.name, one.name, false, chosen);
    }));
    this.show("welcome");
    this.say(those.length ? "" : word("study.stranger", { user }));
  }

  async begin(event) {
    event.preventDefault();
    this.reader = $("reader").value;
    localStorage.setItem(READER, this.reader);
    await this.guarded(async () => {
      const headers = { "X-Reader": encodeURIComponent(this.reader) };
      await this.go(await call("study/next", { headers, cache: "no-store" }));
    });
  }

  async lock(event) {
    event.preventDefault();
    const button = $("opinion").querySelector("button");
    const { nodule, mode } = this.state.step;
    const read = { reader: this.reader, nodule, mode, seconds: this.watch.seconds(), ...opinion($("opinion")) };
    button.disabled = true; // what is sent twice is refused, too
    await this.guarded(async () => this.go(await call("study/reads", asJson(read))));
    button.disabled = false;
  }

  // Shows where the reader is.
  async go(state) {
    const before = this.state?.step?.nodule;
    this.state = state;
    this.say("");
    if (!state.step) return this.end(state);
    this.show("reading");
    const { step } = state;
    if (step.nodule !== before) await this.picture(step);
    $("progress").textContent = word("study.progress", step);
    $("session").textContent = step.sessions > 1 ? word("study.session", step) : "";
    fillAnswer($("answer"), state.answer);
    fillOpinion($("opinion"), state);
    $("progress").focus();
    this.watch.start();
  }

  async picture(step) {
    await this.viewer.show(step.picture, word("study.alt", step), () => this.marks.clear());
    this.viewer.fit();
    this.marks.size(this.viewer.size);
    this.marks.box(step.box);
    const mm = step.spacing_mm?.map((one) => one.toFixed(3)).join(" × ");
    const name = word("study.progress", step);
    $("facts").textContent = word(mm ? "facts.spacing" : "facts.pixels", { ...step, name, mm });
  }

  end({ wait, debrief }) {
    const parts = wait ? [element("h2", {}, word("study.wait")), line(wait)] : [element("h2", {}, word("study.done")), line(planted(debrief))];
    $("ended").replaceChildren(...parts);
    this.show("end");
  }

  show(id) {
    for (const one of document.querySelectorAll("main")) one.hidden = one.id !== id;
    $("other").hidden = id === "welcome" || Boolean(this.about.user);
  }

  async guarded(does) {
    this.say("");
    try {
      await does();
    } catch (error) {
      this.say(error.message);
    }
  }

  say(message) {
    for (const one of document.querySelectorAll("[data-message]")) {
      one.textContent = message;
      one.hidden = !message;
    }
  }
}

function planted({ planted: numbers, of, session }) {
  const told = { count: numbers.length, of, session, numbers: numbers.join(", ") };
  return word(numbers.length ? "study.planted" : "study.planted.none", told);
}

function listenToView(viewer) {
  listenToGrey({ viewer });
  const does = { "+": () => viewer.in(), "-": () => viewer.out(), 0: () => viewer.fit() };
  for (const [id, key] of [["zoom-in", "+"], ["zoom-out", "-"], ["zoom-fit", 0]]) $(id).addEventListener("click", does[key]);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    does[event.key]?.();
  });
}

async function start() {
  await loadWords();
  const about = await call("study");
  $("name").textContent = about.name;
  new StudyPage(about).welcome();
  signOut($("sign-out"), about.user, (message) => window.alert(message));
  document.body.dataset.ready = "true";
}

start();
