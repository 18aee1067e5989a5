// What this reader saved: each nodule with the own reading, the model's, whether they agree, and changes of mind.

import { call, fetchFrom, Sent } from "../api.js";
import { readerName, when } from "./own.js";
import { download } from "./report.js";
import { element, word } from "../words.js";

const percent = (p) => Math.round(100 * p);

// A picture that was saved with a reading: the service has its file.
class Kept extends Sent {
  constructor(read) {
    super({ name: word("saved.file", { picture: read.picture.slice(0, 8) }) });
    this.read = read;
  }

  async send() {
    Object.assign(this, await call(`reads/${this.read.id}/picture`));
    return this;
  }
}

export class Saved {
  constructor(panel, page) {
    [this.panel, this.page] = [panel, page];
    this.list = panel.querySelector("ol");
    this.told = panel.querySelector("[role=status]");
    panel.hidden = !page.about.store;
    panel.addEventListener("toggle", () => this.fill());
    panel.querySelector("[data-export]").addEventListener("click", () => this.export());
  }

  asking() {
    const reader = readerName(this.page.about);
    return { cache: "no-store", headers: reader ? { "X-Reader": encodeURIComponent(reader) } : {} };
  }

  // Asks anew what is saved, where the list is open.
  async fill() {
    if (!this.panel.open) return;
    if (!readerName(this.page.about)) {
      this.list.replaceChildren();
      this.told.textContent = word("saved.nobody");
      return;
    }
    await this.guarded(async () => {
      const { reads } = await call("reads", this.asking());
      this.list.replaceChildren(...reads.map((one) => this.item(one)));
      this.told.textContent = word(reads.length ? "saved.count" : "saved.none", { count: reads.length, reader: readerName(this.page.about) });
    });
  }

  item(read) {
    const { picture, frame, drawn, own, saved, answer, agreement, changes, late } = read;
    const what = drawn.polygon ? "saved.outline" : drawn.box.length ? "saved.box" : "saved.whole";
    const here = this.page.files.find((one) => one.picture === picture && !(one instanceof Kept));
    const told = { picture: here?.file.name ?? picture.slice(0, 8), frame, box: drawn.box.join(" and "), at: when(saved) };
    const remove = element("button", { type: "button", "aria-label": word("saved.delete.of", told) }, word("saved.delete"));
    remove.addEventListener("click", () => this.remove(picture, told));
    const open = element("button", { type: "button", class: "quiet", title: word("saved.open", told) }, word(what, told));
    open.addEventListener("click", () => this.guarded(() => this.open(read)));
    const mine = { probability: percent(own.probability), tirads: own.tirads };
    return element("li", { "data-read": read.id },
      open,
      element("p", {}, word("saved.own", { ...mine, at: told.at })),
      element("p", {}, late && !answer ? "" : answered(answer, agreement), late ? ` ${word("saved.late")}` : ""),
      ...changes.map((one) => element("p", {}, word("saved.change", {
        probability: percent(one.own.probability), tirads: one.own.tirads, at: when(one.at), reason: one.reason,
      }))),
      remove);
  }

  // Shows a case again with its drawing, and the model's reading if that was shown before.
  async open(read) {
    const { page } = this;
    let file = page.files.find((one) => one.picture === read.picture);
    if (!file) {
      file = await new Kept(read).send();
      page.files.push(file);
    }
    page.say("");
    page.own.know(read);
    await page.show(file, read.frame);
    page.drawing.put(read.drawn);
    if (!read.shown) return;
    await page.read();
    const { model, checksum } = page.about;
    if (read.checksum !== checksum) page.say(word("saved.other_model", { was: read.model, model }));
  }

  async remove(picture, told) {
    if (!window.confirm(word("saved.sure", told))) return;
    await this.guarded(async () => {
      await call(`reads/pictures/${picture}`, { method: "DELETE", ...this.asking() });
      this.page.own.forget(picture);
      this.page.files = this.page.files.filter((one) => one.picture !== picture || !(one instanceof Kept));
      const { current } = this.page;
      if (current instanceof Kept && current.picture === picture) this.page.close();
      else if (current?.picture === picture) this.page.drawn(); // its own reading is no longer saved
      this.page.listFiles();
      await this.fill();
    });
  }

  async export() {
    await this.guarded(async () => {
      download(await fetchFrom("reads/grades.csv", this.asking()), "readings.csv");
      this.told.textContent = word("saved.exported");
    });
  }

  async guarded(does) {
    try {
      await does();
    } catch (error) {
      this.page.say(error.message);
    }
  }
}

function answered(answer, agreement) {
  if (!answer) return word("saved.not_shown");
  const each = answer.predictions.map(({ p_malignant: p, verdict }) => (
    verdict === "abstain" ? word("saved.abstained") : word("saved.model", { p: p.toFixed(3), verdict: word(`result.${verdict}`) })
  ));
  return `${each.join(" ")} ${agreement ? word(`saved.${agreement}`) : ""}`;
}
