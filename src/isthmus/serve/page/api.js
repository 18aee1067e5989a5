// The service's answers. A refusal becomes an Error whose message is the service's own line.

import { word } from "./words.js";

export class Refusal extends Error {
  constructor(status, told) {
    super(told.error ?? String(status));
    this.status = status;
  }
}

export async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error(word("error.network"));
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, told);
  return told;
}

export function post(path, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) body.append(name, one);
  }
  return call(path, { method: "POST", body });
}

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

  async ask(path, fields) {
    try {
      return await post(path, { picture: this.picture, ...fields });
    } catch (error) {
      if (error.status !== 404) throw error;
      await this.send();
      return post(path, { picture: this.picture, ...fields });
    }
  }
}
