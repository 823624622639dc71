/**
 * The tab's title and icon: where the person is, in their language; while a search runs, how far it
 * is; and that it has ended, until they come back to the tab.
 */
import { find, findAll, mark } from "./dom.js";

const EVERY = 500;
const RADIUS = 26;
const ICON = "/icon.svg";

/** The tab's icon with a ring of `part` 0..1 around it. */
function ring(part) {
  const around = 2 * Math.PI * RADIUS;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none">
    <circle cx="32" cy="32" r="${RADIUS}" stroke="#d9d4cb" stroke-width="10"/>
    <circle cx="32" cy="32" r="${RADIUS}" stroke="#c8371b" stroke-width="10" stroke-linecap="round"
      stroke-dasharray="${part * around} ${around}" transform="rotate(-90 32 32)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** What the page is about: the heading that is seen, and the site's name; "" before it is awake. */
function about() {
  if (document.documentElement.dataset.live === undefined) return "";
  const heading = findAll("h1").find((element) => element.checkVisibility?.() ?? true);
  const words = heading?.innerText.replace(/\s+/g, " ").trim();
  const site = find(".brand .name")?.textContent;
  return words && site ? `${words} · ${site}` : "";
}

/** How far the search on the page is, in percent; null when none runs. */
function progress() {
  const bar = find("[data-testid=progress]");
  return bar?.dataset.running === "true" ? Number(bar.getAttribute("aria-valuenow")) : null;
}

let ran = false;
let ended = false;

function show() {
  const page = about();
  const percent = progress();
  if (ran && percent === null) ended = document.hidden;
  ran = percent !== null;
  ended &&= document.hidden;
  const before = ran ? `${percent}% · ` : ended ? "✓ " : "";
  if (page && document.title !== before + page) document.title = before + page;
  mark(find("link[rel=icon]"), "href", ran ? ring(percent / 100) : ICON);
}

export function startTitle() {
  setInterval(show, EVERY);
  document.addEventListener("visibilitychange", show);
}
