// Of which places the model's reading was seen in this tab, also before the page was loaded anew: who has seen it judges
// no longer alone.

const SEEN = "isthmus.seen"; // pictures by their checksum, each with boxes

const meet = ([x0, y0, x1, y1], [left, top, right, bottom]) => x0 < right && left < x1 && y0 < bottom && top < y1;

export class Seen {
  constructor() {
    this.places = JSON.parse(sessionStorage.getItem(SEEN) ?? "{}");
  }

  add(picture, predictions) {
    (this.places[picture] ??= []).push(...predictions.map(({ box }) => box));
    sessionStorage.setItem(SEEN, JSON.stringify(this.places));
  }

  // Whether the model was asked about any of these boxes, or of one that they meet; without a box the whole picture.
  has(picture, boxes) {
    const known = this.places[picture] ?? [];
    return known.some((one) => boxes.length === 0 || boxes.some((box) => meet(one, box)));
  }
}
