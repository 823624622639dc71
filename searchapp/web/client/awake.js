/**
 * A page that wakes up: whether its connection still carries anything, and a new one if not.
 *
 * A phone that slept or changed its network may hold a connection that is dead without anybody
 * having said so.  So the page asks by HTTP what is new; what the connection has not brought soon
 * after, a new one will.
 */
import { find } from "./dom.js";

const PATIENCE = 1000;
const AGAIN = 2000;
const TRIES = 30;

const shown = () => find("[data-job][data-version]");
const pause = (ms) => new Promise((end) => setTimeout(end, ms));

/** The newest version of a search; Infinity when it is gone, null when nobody says. */
async function newest(id) {
  try {
    const answer = await fetch(`/api/search-job/${id}`, { signal: AbortSignal.timeout(5000) });
    if (answer.status === 404) return Infinity;
    return answer.ok ? (await answer.json()).version : null;
  } catch {
    return null;
  }
}

/** Lets the framework hang up, and connect anew, by its own handlers. */
function renew() {
  dispatchEvent(new Event("pagehide"));
  document.dispatchEvent(new Event("visibilitychange"));
}

/** Whether the page shows what is; asks until somebody answers. */
async function isTrue() {
  const job = shown();
  if (!job || document.visibilityState !== "visible") return true;
  const version = await newest(job.dataset.job);
  if (version === null) return false;
  const old = () => shown()?.dataset.job === job.dataset.job && Number(shown().dataset.version) < version;
  if (!old()) return true;
  await pause(PATIENCE);
  if (!old()) return true;
  renew();
  return false;
}

let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  try {
    for (let turn = 0; turn < TRIES && !(await isTrue()); turn += 1) await pause(AGAIN);
  } finally {
    looking = false;
  }
}

export function startWaking() {
  document.addEventListener("visibilitychange", look);
  document.addEventListener("resume", look);
  addEventListener("pageshow", look);
  addEventListener("online", look);
}
