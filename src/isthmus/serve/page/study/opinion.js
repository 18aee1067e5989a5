// The reader's opinion as a form, and the model's reading as it is shown in a study.

import { LEVELS, choice, field } from "../panels/own.js";
import { interval, scale } from "../panels/result.js";
import { element, word } from "../words.js";

export function fillOpinion(form, { step, own }) {
  const again = step.mode === "after";
  const p = own ? String(Math.round(100 * own.p_malignant)) : "";
  const parts = [
    element("h3", {}, word(`study.${step.mode}`)),
    choice("tirads", LEVELS, own?.tirads ?? "", "study.level"),
    field("probability", { type: "number", required: "", min: "0", max: "100", step: "1", inputmode: "numeric", value: p }, "study.probability"),
  ];
  if (again) {
    parts.splice(1, 0, element("p", { class: "small" }, word("study.first", { probability: p, tirads: own.tirads })));
    parts.push(field("reason", { type: "text", maxlength: "1000" }, "study.reason"));
  }
  form.replaceChildren(...parts, element("button", { class: "primary wide" }, word("study.lock")));
  if (again) demandReason(form, p, own.tirads);
}

// A change needs its reason; without a change none is asked for.
function demandReason(form, p, level) {
  const { probability, tirads, reason } = form.elements;
  const look = () => (reason.required = probability.value !== p || tirads.value !== level);
  for (const one of [probability, tirads]) one.addEventListener("input", look);
}

export function opinion(form) {
  const { probability, tirads, reason } = form.elements;
  return { tirads: tirads.value, p_malignant: Number(probability.value) / 100, reason: reason?.value ?? "" };
}

export function fillAnswer(card, answer) {
  card.hidden = !answer;
  if (!answer) return;
  const { p_malignant: p, threshold, observed } = answer;
  const side = word(p >= threshold ? "study.above" : "study.below", { threshold: threshold.toFixed(3) });
  card.replaceChildren(
    element("h3", {}, word("study.model")), scale(answer, observed), element("p", { class: "side" }, side), ...interval(observed),
  );
}
