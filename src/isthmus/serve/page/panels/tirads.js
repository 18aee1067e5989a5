// TI-RADS of what the reader sees, and beside the model's reading whether the two agree.

import { asJson, call } from "../api.js";
import { element, word } from "../words.js";

const QUESTIONS = ["composition", "echogenicity", "shape", "margin", "foci", "size_cm"];

export class Tirads {
  constructor(form, agreement, page) {
    [this.form, this.agreement, this.page] = [form, agreement, page];
    this.reading = null;
    this.turn = 0;
  }

  async start() {
    const { systems, questions } = await call("tirads");
    const parts = [choice("system", Object.entries(systems))];
    for (const [name, answers] of Object.entries(questions)) {
      const named = answers.map((answer) => [answer, word(`tirads.${answer}`)]);
      parts.push(name === "foci" ? several(name, named) : choice(name, [["", word("own.choose")], ...named]));
    }
    const size = element("input", { type: "number", name: "size_cm", id: "tirads-size_cm", min: "0.1", max: "15", step: "0.01" });
    parts.push(element("label", { for: "tirads-size_cm" }, element("span", {}, word("tirads.size_cm")), size));
    this.told = element("div", { class: "told", "aria-live": "polite" });
    this.form.replaceChildren(...parts, this.told);
    this.form.addEventListener("change", () => this.assess());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    await this.assess();
  }

  // The answers given so far, and back: each picture has its own.
  kept() {
    return [...new FormData(this.form)].filter(([name]) => name !== "system");
  }

  restore(answers = []) {
    const system = this.form.elements.system.value;
    this.form.reset();
    this.form.elements.system.value = system;
    for (const [name, value] of answers) {
      if (name === "foci") this.form.querySelector(`[name=foci][value="${value}"]`).checked = true;
      else this.form.elements[name].value = value;
    }
    return this.assess();
  }

  // The model's reading that it stands beside; null while there is none.
  async beside(reading) {
    this.reading = reading;
    await this.assess();
  }

  // The reader's answers as the service takes them, null while none is given.
  described() {
    const data = new FormData(this.form);
    const foci = data.getAll("foci");
    const one = (name) => data.get(name) || null;
    const seen = {
      system: one("system"), composition: one("composition"), echogenicity: one("echogenicity"), shape: one("shape"),
      margin: one("margin"), foci: foci.length ? foci : null, size_cm: Number(one("size_cm")) || null,
    };
    return QUESTIONS.some((name) => seen[name]) ? seen : null;
  }

  async assess() {
    const turn = ++this.turn;
    const seen = this.described();
    const beside = { verdict: this.reading?.verdict ?? null, set: this.reading?.set ?? null };
    try {
      const answer = await call("tirads", asJson({ ...seen, ...beside }));
      if (turn !== this.turn) return; // another answer has been asked for since
      this.tell(answer, seen !== null);
    } catch (error) {
      this.page.say(error.message);
    }
  }

  tell(answer, begun) {
    this.page.own.suggest(answer.level);
    const left = answer.unanswered.map((name) => word(`tirads.${name}`)).join(", ");
    const points = answer.points === null ? "" : word(answer.points === 1 ? "tirads.point" : "tirads.points", { points: answer.points });
    const lines = [];
    if (!begun) lines.push(element("p", { class: "small" }, word("tirads.begin")));
    else if (answer.level === null) lines.push(element("p", { class: "level" }, word("tirads.open")), element("p", {}, left && word("tirads.left", { left })));
    else lines.push(element("p", { class: "level" }, `${answer.level} ${points}`), element("p", {}, answer.advice), element("p", { class: "small" }, answer.source));
    if (begun && !left) lines.push(...answer.inconsistent.map((why) => element("p", { class: "doubt" }, why)));
    this.told.replaceChildren(...lines);
    this.agreement.hidden = !(begun && answer.agreement);
    this.agreement.textContent = answer.agreement?.sentence ?? "";
    this.agreement.dataset.kind = answer.agreement?.kind ?? "";
  }
}

function choice(name, values) {
  const select = element("select", { name, id: `tirads-${name}` });
  for (const [value, text] of values) select.append(new Option(text, value));
  return element("label", { for: `tirads-${name}` }, element("span", {}, word(`tirads.${name}`)), select);
}

function several(name, values) {
  const boxes = values.map(([value, text]) => element("label", {}, element("input", { type: "checkbox", name, value }), ` ${text}`));
  return element("fieldset", {}, element("legend", {}, word(`tirads.${name}`)), ...boxes);
}
