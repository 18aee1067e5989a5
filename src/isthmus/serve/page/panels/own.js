// The reader's own reading: saved and locked before the model's; changed later only with a reason.

import { asJson, call } from "../api.js";
import { element, word } from "../words.js";

const READER = "isthmus.reader";
export const LEVELS = ["", "TR1", "TR2", "TR3", "TR4", "TR5"];

// Unlike crypto.randomUUID it is there without TLS, too.
const unique = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

// Who reads: who has signed in, else the name that was given last, "" without one.
export const readerName = ({ user }) => user ?? localStorage.getItem(READER) ?? "";

export class Own {
  constructor(form, page) {
    [this.form, this.page, this.known] = [form, page, new Map()];
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save().catch((error) => page.say(error.message));
    });
  }

  // Another drawing is another reading; one that was saved is found again.
  reset() {
    [this.key, this.saved] = [unique(), this.known.get(this.place()) ?? null];
    this.form.hidden = !(this.page.about.store && this.page.current);
    if (!this.form.hidden) this.fill();
  }

  // What this reader saved before the page was loaded; of a nodule that was saved twice the latest.
  async recall() {
    const reader = readerName(this.page.about);
    if (!this.page.about.store || !reader) return;
    const { reads } = await call("reads", { cache: "no-store", headers: { "X-Reader": encodeURIComponent(reader) } });
    for (const read of reads.reverse()) this.know(read);
  }

  know(read) {
    const { polygon, box } = read.drawn;
    const drawn = polygon ? { polygon } : { box };
    this.known.set(JSON.stringify([read.picture, { frame: read.frame, ...drawn }]), read);
  }

  // The level that the answers to TI-RADS give, where the reader has chosen no other.
  suggest(level) {
    const { tirads } = this.form.elements;
    this.level = LEVELS.includes(level) ? level : "";
    if (!tirads || this.saved || ![undefined, "", this.suggested].includes(tirads.value)) return;
    tirads.value = this.suggested = this.level;
  }

  // Whether the reader has seen the model's reading of what is drawn; says so beside a form that isn't saved.
  late() {
    const { current, drawing, seen } = this.page;
    const late = Boolean(current && !this.saved && seen.has(current.picture, drawing.nodules().map(({ box }) => box)));
    const told = this.form.querySelector(".late");
    if (told) told.hidden = !late;
    return late;
  }

  place() {
    return this.page.current && JSON.stringify([this.page.current.picture, this.page.asked()]);
  }

  // The case of a picture was deleted.
  forget(picture) {
    for (const [place, { picture: of }] of this.known) if (of === picture) this.known.delete(place);
  }

  // What is typed stays while the drawing is corrected.
  typed() {
    const { picture } = this.page.current;
    const [kept, { probability, tirads }] = [this.of === picture, this.form.elements];
    this.of = this.saved ? null : picture;
    if (!kept || this.saved || !probability) return {};
    return { probability: probability.value === "" ? undefined : Number(probability.value) / 100, tirads: tirads.value };
  }

  fill() {
    const { saved } = this;
    const { user } = this.page.about;
    const typed = this.typed();
    const own = saved ? (saved.changes.at(-1) ?? saved).own : typed;
    const title = word(saved ? "own.saved" : this.page.about.own_first ? "own.first" : "own.title");
    const fields = [
      field("reader", { required: "", maxlength: "100", value: saved?.reader ?? readerName(this.page.about) }),
      field("probability", { type: "number", required: "", min: "0", max: "100", step: "1", value: own.probability === undefined ? "" : Math.round(100 * own.probability) }),
      choice("tirads", LEVELS, own.tirads ?? ""),
    ];
    fields[0].querySelector("input").readOnly = Boolean(saved ?? user);
    if (saved) fields.push(field("reason", { required: "", minlength: "3", maxlength: "1000", value: "" }));
    const button = element("button", { class: saved ? "wide" : "primary wide" }, word(saved ? "own.change" : "own.save"));
    this.form.replaceChildren(element("h3", {}, title), ...fields, button);
    if (saved) this.form.append(...history(saved));
    else this.form.append(element("p", { class: "small late" }, word("own.late")));
    if (!own.tirads) this.suggested = "";
    this.suggest(this.level);
    this.late();
  }

  async save() {
    const { elements } = this.form;
    const place = this.place();
    const reader = elements.reader.value.trim();
    const own = { probability: Number(elements.probability.value) / 100, tirads: elements.tirads.value };
    if (!this.page.about.user) localStorage.setItem(READER, reader);
    if (this.saved) {
      const number = this.saved.changes.length + 1;
      const change = { reader, number, own, reason: elements.reason.value };
      this.saved = await call(`reads/${this.saved.id}/changes`, asJson(change));
    } else {
      const { frame, box = [], polygon = null } = this.page.asked();
      const { current } = this.page;
      const [late, { picture }] = [this.late(), current];
      this.saved = await call("reads", asJson({ key: this.key, reader, picture, frame, box, polygon, own, late }));
      const asked = { ...this.page.asked(), read: this.saved.id, prevalence: this.page.prevalence() };
      if (late) await current.ask("predict", asked); // so that what was seen is kept with it
    }
    this.known.set(place, this.saved);
    this.fill();
    this.page.allow();
    this.page.saved.fill();
  }
}

export function field(name, attributes, title = `own.${name}`) {
  const input = element("input", { name, id: `own-${name}`, autocomplete: "off", ...attributes });
  return element("label", { for: `own-${name}` }, element("span", {}, word(title)), input);
}

export function choice(name, values, chosen, title = `own.${name}`) {
  const select = element("select", { name, id: `own-${name}`, required: "" });
  for (const value of values) select.append(new Option(value || word("own.choose"), value, false, value === chosen));
  return element("label", { for: `own-${name}` }, element("span", {}, word(title)), select);
}

export const when = (at) => new Date(at).toLocaleString();

function history({ saved, own, changes }) {
  const told = (one, at, reason) => {
    const values = { probability: Math.round(100 * one.probability), tirads: one.tirads, at: when(at), reason };
    return element("p", { class: "small" }, word(reason ? "own.changed" : "own.was", values));
  };
  return [told(own, saved, ""), ...changes.map((change) => told(change.own, change.at, change.reason))];
}
