/** One durable request for a search, tried again with the same key until it is stored. */

const WAITS = [2, 4, 8, 15, 30];
const UPLOAD_TIMEOUT = 120_000;

export const newKey = () =>
  crypto.randomUUID?.() ??
  [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

/** What the server said, `status` 0 meaning that nothing came back. */
function post(form, key, onProgress, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/search-job");
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.timeout = UPLOAD_TIMEOUT;
    request.upload.onprogress = (event) =>
      event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () =>
      resolve({
        status: request.status,
        body: request.response,
        retryAfter: Number(request.getResponseHeader("Retry-After")) || 0,
      });
    request.onerror = request.ontimeout = () => resolve({ status: 0 });
    request.onabort = () => resolve({ status: -1 });
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Waits, but no longer than until the network is back, or the person says "now". */
function pause(seconds, hurry, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    addEventListener("online", end, { once: true });
    signal.addEventListener("abort", end, { once: true });
    hurry.now = end;
  });
}

const comesBack = ({ status }) => status === 0 || status === 502 || status === 503 || status === 504;

/**
 * Sends `form` until the server has answered for good.
 *
 * `told` hears what happens: `sending(part)` with 0..1, `unsaved()` while it is not stored yet.
 * Returns the answer, or null when `signal` was aborted.  A second 202 for the same key is the same
 * search, so a cut at any byte makes exactly one.
 */
export async function sendUntilStored(form, key, told, hurry, signal) {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    told.sending(0);
    const answer = await post(form, key, told.sending, signal);
    if (signal.aborted) return null;
    if (!comesBack(answer)) return answer;
    told.unsaved();
    const wait = answer.retryAfter || WAITS[Math.min(attempt, WAITS.length - 1)];
    await pause(Math.min(wait, 30), hurry, signal);
  }
  return null;
}
