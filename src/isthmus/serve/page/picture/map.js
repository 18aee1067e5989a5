// The map of what an answer depends on: off until asked for, and never shown where it failed its check.

import { word } from "../words.js";

const $ = (id) => document.getElementById(id);

export class DependsMap {
  constructor(page) {
    this.page = page;
  }

  clear() {
    const { may_be_shown: allowed, why } = this.page.about.map;
    $("show-map").checked = false;
    $("show-map").disabled = !allowed;
    $("map-note").textContent = word(allowed ? "shown.map.note" : "shown.map.hidden", { why });
  }

  async show(wanted) {
    const { page } = this;
    page.marks.groups.map.replaceChildren();
    if (!wanted) return;
    $("shown").setAttribute("aria-busy", "true");
    $("map-note").textContent = word("shown.map.busy");
    try {
      const asked = page.asked();
      const { nodules } = await page.current.ask("explain", { ...asked, read: page.own.saved?.id, map: true });
      if (!$("show-map").checked || JSON.stringify(asked) !== JSON.stringify(page.asked())) return;
      for (const one of nodules) page.marks.map(one);
    } catch (error) {
      page.say(error.message);
    } finally {
      $("shown").removeAttribute("aria-busy");
      $("map-note").textContent = word("shown.map.note");
    }
  }
}
