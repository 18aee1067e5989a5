// What to know before first use: what it is for, how often it is wrong, where it fails.

import { complement } from "./result.js";
import { element, percent, pointWords, shareWords, word } from "../words.js";

const SEEN = "isthmus.about";
const head = (name) => element("h3", {}, word(name));
const line = (text) => element("p", {}, text);
const list = (items) => element("ul", {}, ...items.map((item) => element("li", {}, item)));
const three = ({ value, low, high, n }) => ({
  value: value.toFixed(3), low: low?.toFixed(3) ?? "?", high: high?.toFixed(3) ?? "?", n: n.toLocaleString("en"),
});

export function fillAbout(about) {
  const text = document.getElementById("about-text");
  text.replaceChildren(line(word("limits")), line(word("about.intended")), ...figures(about), ...use(about));
}

function figures(about) {
  const { facts, decision } = about;
  if (!facts) return [line(word("about.unknown"))];
  const point = decision.default;
  const at = facts.out_of_fold.thresholds[point];
  const rates = at ? [
    word("about.rates.missed", { share: shareWords(complement(at.sensitivity)) }),
    word("about.rates.alarms", { share: shareWords(complement(at.specificity)) }),
  ] : [];
  const elsewhere = facts.elsewhere.map(({ data, labels, auc }) => word("about.elsewhere", { ...three(auc), data, labels }));
  return [
    head("about.rates"),
    line(word("about.rates.text", { threshold: about.threshold.toFixed(3), point: pointWords(point) })),
    list([...rates, word("about.rates.auc", three(facts.out_of_fold.auc)), ...elsewhere]),
    head("about.failures"),
    list(facts.failures),
    head("about.data"),
    line(word("about.data.text", facts)),
  ];
}

function use({ prevalence }) {
  const share = prevalence === null ? "?" : percent(prevalence);
  return [head("about.how"), list([1, 2, 3, 4].map((number) => word(`about.how.${number}`, { share })))];
}

// Opens it where this browser hasn't shown it for this model.
export function openAbout(about) {
  const dialog = document.getElementById("about");
  document.getElementById("open-about").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => localStorage.setItem(SEEN, about.checksum));
  if (localStorage.getItem(SEEN) !== about.checksum) dialog.showModal();
}
