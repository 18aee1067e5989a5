// Pictures that a PACS has sent and that wait for somebody to draw the nodule; the answer goes back to it.

import { asJson, call, Sent } from "../api.js";
import { element, word } from "../words.js";

const EVERY = 15_000; // milliseconds between two looks at the list

// A picture of the worklist: the service has its file.
class Waiting extends Sent {
  constructor(told) {
    super({ name: nameOf(told) });
    this.uid = told.uid;
  }

  async send() {
    Object.assign(this, await call(`worklist/${this.uid}`));
    return this;
  }
}

const nameOf = ({ patient, patient_id: id, study_date: day }) =>
  [patient || word("worklist.nameless"), id, day.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")].filter(Boolean).join(", ");

export class Worklist {
  constructor(panel, page) {
    [this.panel, this.page] = [panel, page];
    this.list = element("ol", { class: "files" });
    this.answer = element("button", { type: "button", class: "primary wide", id: "worklist-answer" }, word("worklist.answer"));
    this.dismiss = element("button", { type: "button", class: "quiet", id: "worklist-dismiss" }, word("worklist.dismiss"));
    this.told = element("p", { class: "small", "aria-live": "polite" });
    this.why = element("p", { class: "small" }, word("worklist.draw"));
    const title = element("h2", { id: "worklist-title" }, word("worklist.title"));
    panel.replaceChildren(title, this.list, this.answer, this.why, this.dismiss, this.told);
    this.answer.addEventListener("click", () => this.send());
    this.dismiss.addEventListener("click", () => this.takeOff());
  }

  start() {
    if (!this.page.about.store) return;
    this.look();
    setInterval(() => document.hidden || this.look(), EVERY);
  }

  async look() {
    try {
      this.fill((await call("worklist")).objects);
    } catch (error) {
      this.told.textContent = error.message;
    }
  }

  fill(objects) {
    this.panel.hidden = objects.length === 0 && !this.told.textContent && !this.current;
    const focused = this.list.contains(document.activeElement) && document.activeElement.dataset.uid;
    this.list.hidden = objects.length === 0;
    this.list.replaceChildren(...objects.map((one) => {
      const about = [one.study, one.note].filter(Boolean).join("; ");
      const button = element("button", { type: "button", "data-uid": one.uid, title: about }, nameOf(one));
      if (one.uid === this.current?.uid) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => this.open(one));
      return element("li", {}, button);
    }));
    if (focused) this.list.querySelector(`[data-uid="${focused}"]`)?.focus();
    this.allow();
  }

  // The picture on the page, where it is one of the worklist.
  get current() {
    return this.page.current instanceof Waiting ? this.page.current : null;
  }

  async open(told) {
    const { page } = this;
    try {
      let file = page.files.find((one) => one.uid === told.uid);
      if (!file) {
        file = await new Waiting(told).send();
        page.files.push(file);
      }
      this.told.textContent = "";
      page.say("");
      await page.show(file);
      await this.look();
    } catch (error) {
      page.say(error.message);
      await this.look();
    }
  }

  // What may be done with what is drawn now.
  allow() {
    const drawn = this.page.drawing.nodules().length > 0;
    const first = this.page.about.own_first && !this.page.own.saved;
    this.answer.hidden = this.dismiss.hidden = !this.current;
    this.answer.disabled = !drawn || first;
    this.why.hidden = !this.current || drawn;
  }

  async send() {
    const { page, current } = this;
    const { frame, box = [], polygon = null } = page.asked();
    const tirads = page.drawing.nodules().length === 1 ? page.tirads.described() : null;
    const read = page.own.saved?.id ?? null;
    await this.close(current, "worklist.sent", async () => {
      const asked = { frame, box, polygon, tirads, read, prevalence: page.prevalence() };
      await call(`worklist/${current.uid}`, asJson(asked));
    });
  }

  async takeOff() {
    if (!window.confirm(word("worklist.sure"))) return;
    const { current } = this;
    await this.close(current, "worklist.dismissed", () => call(`worklist/${current.uid}`, { method: "DELETE" }));
  }

  async close(current, said, does) {
    this.answer.disabled = this.dismiss.disabled = true;
    this.told.textContent = word("worklist.busy");
    try {
      await does();
      this.told.textContent = word(said, { name: current.file.name });
      this.page.files = this.page.files.filter((one) => one !== current);
      this.page.close();
    } catch (error) {
      this.told.textContent = "";
      this.page.say(error.message);
    } finally {
      this.dismiss.disabled = false;
      await this.look();
    }
  }
}
