// The model's reading of one nodule: a scale, not a bare number; and no number at all where the gate refuses.

import { element, percent, pointWords, shareWords, word } from "../words.js";

const clamp = (p) => Math.min(Math.max(p, 0.005), 0.995);
const line = (text, kind = "") => element("p", kind ? { class: kind } : {}, text);

// `observed` is how many nodules with such a P were malignant, null where nobody counted.
export function card(reading, number, about, observed) {
  const made = element("article", { class: "card" }, title(reading, number));
  if (reading.gate && !reading.gate.accepted) made.append(...abstained(reading));
  else made.append(...answered(reading, about, observed));
  const checksum = about.checksum.slice(0, 12);
  made.append(line(word("result.who", { model: about.model, engine: about.engine, checksum }), "small"));
  return made;
}

function title({ box: [x0, y0, x1, y1], size_mm: size }, number) {
  const told = size ? { width: size.width.toFixed(1), height: size.height.toFixed(1) } : { width: x1 - x0, height: y1 - y0 };
  return element("h3", {}, word(size ? "result.of_mm" : "result.of", { number, ...told }));
}

function abstained({ gate, roi }) {
  return [
    element("p", { class: "abstain" }, word("result.abstain")),
    line(word("result.abstain.why")),
    element("ul", {}, ...gate.reasons.map((reason) => element("li", {}, reason))),
    line(word(["drawn", "proposed"].includes(roi) ? "result.abstain.next" : "result.abstain.draw")),
  ];
}

function answered(reading, about, observed) {
  const { p_malignant: p, threshold, operating_point: point } = reading;
  const told = { threshold: threshold.toFixed(3), point: pointWords(point) };
  return [
    scale(reading, observed),
    line(word(p >= threshold ? "result.above" : "result.below", told), "side"),
    ...rates(about, point, p >= threshold),
    ...interval(observed),
    ...labels(reading, about),
    votes(reading),
    line(word(reading.gate ? "result.gate.accepted" : "result.gate.none")),
  ];
}

export function scale({ p_malignant: p, threshold }, observed) {
  const value = element("output", { class: "p", "data-p": String(p) }, p.toFixed(3));
  const dot = element("span", { class: "dot" });
  const tick = element("span", { class: "tick" }, element("span", {}, word("result.threshold", { threshold: threshold.toFixed(3) })));
  dot.style.left = `${100 * clamp(p)}%`;
  tick.style.left = `${100 * clamp(threshold)}%`;
  const range = element("span", { class: "range" });
  if (observed) Object.assign(range.style, { left: `${100 * observed.here.low}%`, width: `${100 * (observed.here.high - observed.here.low)}%` });
  tick.classList.toggle("late", threshold > 0.6);
  return element("div", { class: "scale" },
    element("p", { class: "value" }, `${word("result.p")} = `, value),
    element("div", { class: "bar", "aria-hidden": "true" }, range, tick, dot),
    element("p", { class: "ends" }, element("span", {}, `0 ${word("result.benign")}`), element("span", {}, `${word("result.malignant")} 1`)));
}

function rates(about, point, is_malignant) {
  const at = about.facts?.out_of_fold.thresholds[point];
  if (!at) return [];
  const figure = is_malignant ? at.specificity : at.sensitivity;
  return [line(word(is_malignant ? "result.alarms" : "result.missed", { share: shareWords(complement(figure)) }))];
}

export function complement({ value, low, high, n }) {
  const rest = (one) => (one === null ? null : 1 - one);
  return { value: rest(value), low: rest(high), high: rest(low), n };
}

export function interval(observed) {
  if (!observed) return [];
  const { p_low, p_high, n, share, here } = observed;
  const told = [line(word("result.interval", { from: p_low.toFixed(2), to: p_high.toFixed(2), share: shareWords({ ...share, n }) }))];
  if (here.value !== share.value) told.push(line(word("result.interval.here", { share: shareWords({ ...here, n }) })));
  return told;
}

function labels({ set }, about) {
  if (!set) return [];
  const kind = set.length === 2 ? "both" : set[0] ?? "none";
  return [line(word(`result.set.${kind}`, { coverage: percent(about.decision.conformal.coverage).replace(".0", "") }))];
}

function votes({ p_whole, votes: all }) {
  const row = (name, p) => {
    const bar = element("span", { class: "vote" });
    bar.style.width = `${100 * p}%`;
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, p.toFixed(3)), element("td", { class: "track" }, bar));
  };
  const rows = all.map((p, index) => row(word("result.vote.crop", { number: index + 1 }), p));
  return element("details", { open: "" }, element("summary", {}, word("result.votes")),
    element("table", { class: "votes" }, element("tbody", {}, row(word("result.vote.whole"), p_whole), ...rows)));
}
