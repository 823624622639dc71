/**
 * Whether the page shows its search as it is.
 *
 * A connection can be dead without either side knowing: the phone slept, the network was changed,
 * the server has forgotten this tab's state.  So the page asks the API while a search runs, and as
 * soon as it wakes up; when it is behind, the live page is made to connect anew.
 */
import { find } from "./dom.js";

const EVERY = 4000;
/** Milliseconds that a newer version may take to the screen by the usual way. */
const GRACE = 1000;
/** How often in a row a new connection may be of no use until the page is loaded anew. */
const PATIENCE = 3;
const WAKING = ["visibilitychange", "resume", "pageshow", "online", "focus"];

const RUNNING = "[data-testid=progress][data-running=true]";
/** What a live page shows before it has heard anything. */
const WAITING = "[data-live] main [aria-busy=true].two-sides";

/** The search on the page and its version, -1 when none is shown yet; null on other pages. */
function shown() {
  const data = find("[data-job][data-version]")?.dataset;
  if (data?.job) return { job: data.job, version: Number(data.version) };
  const job = location.pathname.match(/^\/results\/([\w-]{22})\/?$/)?.[1];
  return job && find(WAITING) ? { job, version: -1 } : null;
}

/** The newest version there is: endless for a search that is gone, -1 when nobody can tell. */
async function newest(job) {
  try {
    const answer = await fetch(`/api/search-job/${job}`, { signal: AbortSignal.timeout(EVERY) });
    if (answer.status === 404) return Infinity;
    return answer.ok ? (await answer.json()).version : -1;
  } catch {
    return -1;
  }
}

/** Two of Reflex's own listeners: one lets go of the connection, the other makes a new one, which
 * brings the whole state. */
function connectAnew() {
  dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
  document.dispatchEvent(new CustomEvent("visibilitychange", { detail: "anew" }));
}

let looking = false;
let behind = 0;

async function look() {
  const before = shown();
  if (looking || !before || document.hidden) return;
  looking = true;
  const version = await newest(before.job);
  await new Promise((resolve) => setTimeout(resolve, GRACE));
  looking = false;
  const after = shown();
  if (after?.job !== before.job || after.version >= version) {
    behind = 0;
    return;
  }
  behind += 1;
  if (behind > PATIENCE && after.version >= 0) location.reload();
  else connectAnew();
}

export function startTruth() {
  setInterval(() => (find(RUNNING) || find(WAITING)) && look(), EVERY);
  for (const target of [document, globalThis]) {
    for (const type of WAKING) {
      target.addEventListener(type, (event) => event.detail !== "anew" && look());
    }
  }
}
