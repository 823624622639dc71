/**
 * Whether the page shows its search as it is.
 *
 * A connection can be dead without either side knowing: the phone slept, the network was changed,
 * the server has forgotten this tab's state.  So the page asks the API when a running search stands
 * still, and as soon as it wakes up; when it is behind, the live page is made to connect anew.
 */
import { find } from "./dom.js";

const TICK = 1000;
/** Milliseconds without a tick after which the page has slept. */
const ASLEEP = 5000;
/** Milliseconds without anything new until the page asks; twice as long each time, up to the
 * second, while the answer is that there is nothing new. */
const EVERY = 4000;
const SELDOM = 32000;
/** Milliseconds that a newer version may take to the screen by the usual way. */
const GRACE = 1000;
/** How often in a row a new connection may be of no use until the page is loaded anew. */
const PATIENCE = 3;
const WAKING = ["visibilitychange", "resume", "pageshow", "focus"];

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
/** Whether the page woke up and has had no answer since. */
let unsure = false;

let ticked = Date.now();
let seen = null;
let wait = EVERY;
let due = ticked + wait;

function soon() {
  wait = EVERY;
  due = Date.now() + wait;
}

async function look() {
  const before = shown();
  if (looking || !before || document.hidden) return;
  looking = true;
  const version = await newest(before.job);
  if (version !== -1) unsure = false;
  await new Promise((resolve) => setTimeout(resolve, GRACE));
  looking = false;
  const after = shown();
  if (after?.job !== before.job || after.version >= version) {
    behind = 0;
    return;
  }
  behind += 1;
  soon();
  if (behind > PATIENCE && after.version >= 0) location.reload();
  else connectAnew();
}

function wake() {
  unsure = true;
  soon();
  look();
}

/** After a sleep or on another network no connection is to be trusted, nor one that a question
 * would go over. */
function rise() {
  wake();
  if (find("[data-live]")) connectAnew();
}

/** Hidden pages do not tick here, and neither does a machine that sleeps. */
function tick() {
  if (document.hidden) return;
  const now = Date.now();
  const away = now - ticked;
  ticked = now;
  if (away > ASLEEP) return rise();
  const version = shown()?.version;
  if (version !== seen) {
    seen = version;
    soon();
  } else if (now >= due && (unsure || find(RUNNING) || find(WAITING))) {
    wait = Math.min(2 * wait, SELDOM);
    due = now + wait;
    look();
  }
}

export function startTruth() {
  setInterval(tick, TICK);
  for (const target of [document, globalThis]) {
    for (const type of WAKING) {
      target.addEventListener(type, (event) => event.detail !== "anew" && wake());
    }
  }
  addEventListener("online", rise);
}
