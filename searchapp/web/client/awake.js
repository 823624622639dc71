/**
 * A page that wakes up connects anew.
 *
 * A phone that slept or changed its network may hold a connection that is dead without anybody
 * having said so; the page would stand still until the connection's own pulse finds out.
 */

const ASLEEP = 5000;
const TICK = 1000;

let last = Date.now();
let renewing = false;

/** Lets the framework hang up, and connect again, by its own handlers. */
function renew() {
  renewing = true;
  dispatchEvent(new Event("pagehide"));
  document.dispatchEvent(new Event("visibilitychange"));
  renewing = false;
}

/** Hidden pages do not tick here, and neither does a machine that sleeps. */
function tick() {
  if (renewing || document.visibilityState !== "visible") return;
  const away = Date.now() - last;
  last = Date.now();
  if (away > ASLEEP) renew();
}

export function startWaking() {
  setInterval(tick, TICK);
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("resume", tick);
  addEventListener("pageshow", tick);
  addEventListener("online", renew);
}
