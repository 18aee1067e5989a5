// Several views of one nodule, from one picture or several: each with its interval, and their mean.

import { asJson, call } from "../api.js";
import { place } from "./report.js";
import { element, word } from "../words.js";

export class Views {
  constructor(section, page) {
    [this.section, this.page] = [section, page];
    this.list = section.querySelector("ol");
    this.answer = section.querySelector(".together");
    [this.kept, this.turn] = [[], 0];
    this.fill();
  }

  // Puts a button under the card of each nodule that was read, which keeps it as a view.
  offer(cards) {
    const nodules = this.page.drawing.nodules();
    for (const [index, card] of [...cards].entries()) {
      const label = word("views.keep.of", { number: index + 1 });
      const button = element("button", { type: "button", "data-keep": String(index), "aria-label": label }, word("views.keep"));
      button.addEventListener("click", () => this.keep(nodules[index], nodules.length));
      card.append(element("div", {}, button));
    }
  }

  keep(nodule, count) {
    const { current, frame, own } = this.page;
    const view = { picture: current.picture, frame, ...place(nodule, count) };
    if (this.kept.every((one) => JSON.stringify(one.view) !== JSON.stringify(view))) {
      this.kept.push({ view, sent: current, read: own.saved?.id ?? null });
    }
    this.fill();
    return this.ask();
  }

  drop(index) {
    this.kept.splice(index, 1);
    this.fill();
    return this.ask();
  }

  fill(answered = null) {
    this.section.hidden = this.kept.length === 0;
    this.answer.replaceChildren();
    this.list.replaceChildren(...this.kept.map((one, index) => this.item(one, index, answered)));
    if (this.kept.length === 1) this.answer.append(element("p", { class: "small" }, word("views.one")));
  }

  item({ view }, index, answered) {
    const told = { number: index + 1, picture: view.picture.slice(0, 8), frame: view.frame, box: view.box ?? "" };
    const what = view.box ? "views.box" : view.polygon ? "views.outline" : "views.whole";
    const remove = element("button", { type: "button", class: "remove", "aria-label": word("views.remove", told) }, "×");
    remove.addEventListener("click", () => this.drop(index));
    const row = element("li", {}, element("div", { class: "row" }, element("span", {}, word(what, told)), remove));
    if (answered) row.append(element("p", {}, reading(answered.predictions[index], answered.observed[index])));
    return row;
  }

  // Asks for all views together, where there are two or more.
  async ask() {
    const turn = ++this.turn;
    if (this.kept.length < 2) return;
    const views = this.kept.map(({ view, read }) => ({ ...view, read }));
    try {
      const answered = await this.post({ views, prevalence: this.page.prevalence() });
      if (turn !== this.turn) return; // another view has been kept since
      this.fill(answered);
      this.answer.append(...joined(answered.together));
      this.section.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.page.say(error.message);
    }
  }

  async post(body) {
    try {
      return await call("together", asJson(body));
    } catch (error) {
      if (error.status !== 404) throw error;
      for (const { sent } of this.kept) await sent.send(); // the service may have been started anew
      return call("together", asJson(body));
    }
  }
}

function reading({ p_malignant: p, verdict }, observed) {
  if (verdict === "abstain") return word("views.abstained");
  const side = word(`result.${verdict}`);
  const known = observed && { low: (100 * observed.here.low).toFixed(1), high: (100 * observed.here.high).toFixed(1), n: observed.n };
  return `${word("views.p", { p: p.toFixed(3), side })} ${known ? word("views.interval", known) : ""}`;
}

function joined({ views, p_malignant: p, lowest, highest, verdicts, reason, note }) {
  if (p === null) return [element("p", { class: "abstain" }, word("views.none")), element("p", {}, reason)];
  const told = { views, lowest: lowest.toFixed(3), highest: highest.toFixed(3) };
  const value = element("output", { class: "p", "data-p": String(p) }, p.toFixed(3));
  const range = element("span", { class: "range" });
  Object.assign(range.style, { left: `${100 * lowest}%`, width: `${100 * (highest - lowest)}%` });
  const dot = element("span", { class: "dot" });
  dot.style.left = `${100 * Math.min(Math.max(p, 0.005), 0.995)}%`;
  return [
    element("p", { class: "value" }, `${word("views.mean", told)} `, value),
    element("div", { class: "bar", "aria-hidden": "true" }, range, dot),
    element("p", { class: "ends" }, element("span", {}, `0 ${word("result.benign")}`), element("span", {}, `${word("result.malignant")} 1`)),
    element("p", { class: "side" }, word(verdicts.length > 1 ? "views.apart" : "views.alike", { side: word(`result.${verdicts[0]}`) })),
    element("p", {}, word("views.spread", told)),
    element("p", { class: "limits" }, note),
    element("p", { class: "small" }, word("views.retest")),
  ];
}
