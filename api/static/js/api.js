// Requests to the API. A lost connection is told and tried again; a refusal is a Problem with a sentence to show.

export class Problem extends Error {
  constructor(body, status) {
    super(body.code);
    this.code = body.code;
    this.detail = body.detail;
    this.nextStep = body.next_step;
    this.retryable = body.retryable;
    this.status = status;
  }
}

export class Offline extends Error {}

const HEADERS = { 'X-Requested-With': 'XMLHttpRequest' };
const PATIENCE_MS = 20000;
const TOO_MANY = 429;
const GATEWAYS = [502, 503, 504];

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function ask(method, path, body) {
  if (body === undefined) return send(method, path, undefined, {});
  return send(method, path, JSON.stringify(body), { 'Content-Type': 'application/json' });
}

export async function send(method, path, content, headers) {
  const giveUp = typeof AbortController === 'undefined' ? null : new AbortController();
  const timer = setTimeout(() => giveUp && giveUp.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(`/api/v1${path}`, {
      method,
      body: content,
      headers: Object.assign({}, HEADERS, headers),
      credentials: 'same-origin',
      signal: giveUp ? giveUp.signal : undefined,
    });
    return read(answer.status, await answer.text());
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Offline();
  } finally {
    clearTimeout(timer);
  }
}

// Sends a file and tells how far it is; fetch cannot tell.
export function upload(path, file, headers, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1${path}`);
    const all = Object.assign({}, HEADERS, headers);
    Object.keys(all).forEach((name) => request.setRequestHeader(name, all[name]));
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener('error', () => failed(new Offline()));
    request.addEventListener('load', () => {
      try {
        done(read(request.status, request.responseText));
      } catch (problem) {
        failed(problem);
      }
    });
    request.send(file);
  });
}

function read(status, text) {
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch (notJson) {
    // a proxy's page in place of ours: it cannot reach us, or it found us too slow
    if (status < 400 || status === TOO_MANY || GATEWAYS.includes(status)) throw new Offline();
  }
  if (status >= 400) throw new Problem(body || { code: 'our_fault', retryable: false }, status);
  return body;
}
