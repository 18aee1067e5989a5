// The service's answers. A refusal becomes an Error whose message is the service's own line.

import { word } from "./words.js";

export class Refusal extends Error {
  constructor(status, told) {
    super(told.error ?? String(status));
    this.status = status;
  }
}

async function answered(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error(word("error.network"));
  }
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => ({})));
  return response;
}

export async function call(path, options = {}) {
  return (await answered(path, options)).json().catch(() => ({}));
}

export const asJson = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) body.append(name, one);
  }
  return { method: "POST", body };
}

export const post = (path, fields) => call(path, form(fields));

// A file that the service makes, as a Blob.
export const fetchFrom = async (path, options) => (await answered(path, options)).blob();
export const fetchFile = (path, fields) => fetchFrom(path, form(fields));

// A file that the page holds, and what the service calls it. Where the service has forgotten it, it is sent again.
export class Sent {
  constructor(file) {
    this.file = file;
  }

  async send() {
    Object.assign(this, await post("pictures", { file: this.file }));
    return this;
  }

  url(frame) {
    return `pictures/${this.picture}/frames/${frame}.png`;
  }

  async ask(path, fields, way = post) {
    try {
      return await way(path, { picture: this.picture, ...fields });
    } catch (error) {
      if (error.status !== 404) throw error;
      await this.send();
      return way(path, { picture: this.picture, ...fields });
    }
  }
}
