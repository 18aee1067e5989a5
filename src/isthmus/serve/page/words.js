// Every word of the page, from words.json; a translation replaces that file.

let words = {};

export async function loadWords() {
  words = await (await fetch("page/words.json")).json();
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    element.title = word(element.dataset.label);
  }
}

export function word(name, values = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const percent = (share) => (100 * share).toFixed(1);

export function shareWords({ value, low, high, n }) {
  const bound = (one) => (one === null ? "?" : percent(one));
  return word("result.share", { value: bound(value), low: bound(low), high: bound(high), n: n.toLocaleString("en") });
}

// What a threshold's name says.
export function pointWords(name) {
  const share = /^sensitivity-([\d.]+)$/.exec(name)?.[1];
  return share ? word("point.sensitivity", { share }) : word("point.other", { name });
}
