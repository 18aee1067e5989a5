// Similar cases: training nodules with their labels, asked for by the reader; what is drawn anew clears them.

import { element, word } from "../words.js";

const $ = (id) => document.getElementById(id);

export class Similar {
  constructor(page) {
    this.page = page;
    $("show-similar").addEventListener("change", (event) => this.show(event.target.checked));
  }

  clear() {
    $("show-similar").checked = false;
    $("similar").replaceChildren();
  }

  async show(wanted) {
    $("similar").replaceChildren();
    if (!wanted) return;
    const { page } = this;
    $("similar").setAttribute("aria-busy", "true");
    try {
      const asked = page.asked();
      const { nodules, pictures } = await page.current.ask("similar", { ...asked, read: page.own.saved?.id });
      if (!$("show-similar").checked || JSON.stringify(asked) !== JSON.stringify(page.asked())) return;
      $("similar").replaceChildren(...nodules.flatMap((one, index) => cases(one, index + 1, pictures)));
    } catch (error) {
      this.clear();
      page.say(error.message);
    } finally {
      $("similar").removeAttribute("aria-busy");
    }
  }
}

function cases(found, number, pictures) {
  const title = element("h3", {}, word("similar.of", { number }));
  if (!found) return [title, element("p", {}, word("similar.refused"))];
  const told = found.cases.map(({ label, farther, row }) => {
    const text = word("similar.case", { label: word(`result.${label}`), share: (100 * farther).toFixed(0) });
    const picture = pictures ? [element("img", { src: `similar/${row}.png`, alt: word("similar.picture", { label: word(`result.${label}`) }), width: "160" })] : [];
    return element("li", {}, text, ...picture);
  });
  const sentences = [...(pictures ? [word("similar.pictures")] : []), ...found.sentences];
  return [title, element("ol", {}, ...told), ...sentences.map((one) => element("p", { class: "small" }, one))];
}
