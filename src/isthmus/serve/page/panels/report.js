// The report of one nodule, with the reader's TI-RADS, saved as a file.

import { fetchFile } from "../api.js";
import { element, word } from "../words.js";

const FORMS = ["pdf", "html"];

// Puts buttons that save a report under the card of each nodule that was read.
export function reports(page, cards) {
  const nodules = page.drawing.nodules();
  for (const [index, card] of [...cards].entries()) card.append(controls(page, nodules[index], index, cards.length));
}

function controls(page, nodule, index, count) {
  const id = `report-title-${index}`;
  const title = element("input", { type: "text", id, maxlength: "200", autocomplete: "off" });
  const told = element("p", { class: "small", role: "status" });
  const buttons = FORMS.map((form) => {
    const label = word("report.of", { number: index + 1, form: word(`report.${form}`) });
    const button = element("button", { type: "button", "data-report": form, "aria-label": label }, word(`report.${form}`));
    button.addEventListener("click", () => save(page, { nodule, index, count, form, title: title.value, told, button }));
    return button;
  });
  const name = element("label", { for: id }, element("span", {}, word("report.title")), title);
  return element("div", { class: "save-report" }, name, element("span", {}, word("report.save")), ...buttons, told);
}

async function save(page, { nodule, index, count, form, title, told, button }) {
  const { current, frame } = page;
  const tirads = count === 1 ? page.tirads.described() : null;
  const fields = {
    frame, ...place(nodule, count), form, title, read: page.own.saved?.id, prevalence: page.prevalence(),
    tirads: tirads && JSON.stringify(tirads),
  };
  button.disabled = true;
  told.textContent = word("report.busy");
  try {
    const name = `nodule-${index + 1}-${current.picture.slice(0, 8)}.${form}`;
    download(await current.ask("report", fields, fetchFile), name);
    const why = tirads ? "report.tirads" : count > 1 ? "report.several" : "report.no_tirads";
    told.textContent = `${word("report.saved", { name })} ${word(why)}`;
  } catch (error) {
    told.textContent = "";
    page.say(error.message);
  } finally {
    button.disabled = false;
  }
}

// Where a nodule of `count` is, as the service takes it; nothing for the whole picture. Of several each is read by its box.
export function place(nodule, count) {
  if (!nodule) return {};
  const { box, points } = nodule;
  if (points && count === 1) return { polygon: asText(points) };
  return { box: box.join(",") };
}

// An outline as the service takes it.
export const asText = (points) => points.map((point) => point.map((one) => one.toFixed(2)).join(",")).join(";");

export function download(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
