/** What follows the search by itself: the tab's title and icon, and the lit piece of the photo. */
import { find, findAll, mark, on, onRedraw } from "./dom.js";
import { store } from "./store.js";

const RADIUS = 26;
const MOST = 24;
const LATER = 3000;

/** The tab's icon with a ring of `part` 0..1 around it. */
function ring(part) {
  const around = 2 * Math.PI * RADIUS;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none">
    <circle cx="32" cy="32" r="${RADIUS}" stroke="#d9d4cb" stroke-width="10"/>
    <circle cx="32" cy="32" r="${RADIUS}" stroke="#c8371b" stroke-width="10" stroke-linecap="round"
      stroke-dasharray="${part * around} ${around}" transform="rotate(-90 32 32)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

let title = "";

function showProgress() {
  const bar = find("[data-testid=progress]");
  const running = bar?.dataset.running === "true";
  const percent = Number(bar?.getAttribute("aria-valuenow") ?? 0);
  const icon = find("link[rel=icon]");
  if (running) {
    title ||= document.title;
    document.title = `${percent}% · ${title}`;
    mark(icon, "href", ring(percent / 100));
  } else if (title) {
    document.title = title;
    title = "";
    mark(icon, "href", "/icon.svg");
  }
}

/** Lights the box of the piece whose results are being looked at. */
function light(id) {
  for (const region of findAll("[data-region]")) {
    mark(region, "data-lit", region.dataset.region === id ? "" : null);
  }
}

/** The first products are drawn at once; all of them when somebody turns to them, or after a while. */
function drawAll() {
  if (store.get().shown < MOST) store.set({ shown: MOST });
}

function startDrawingAll() {
  for (const type of ["pointerover", "touchstart", "focusin"]) on(type, ".strip-hold", drawAll);
  document.addEventListener("scroll", (event) => event.target.matches?.(".cards") && drawAll(), true);
  let waiting = false;
  onRedraw(() => {
    if (waiting || !find("[data-testid=product-card]")) return;
    waiting = true;
    setTimeout(drawAll, LATER);
  });
}

export function startFollowing() {
  startDrawingAll();
  const lightItem = (element) => light(element.dataset.item);
  on("pointerover", "[data-item]", lightItem);
  on("focusin", "[data-item]", lightItem);
  const seen = new IntersectionObserver(
    (entries) => {
      const entry = entries.find((each) => each.isIntersecting);
      if (entry && matchMedia("(hover: none)").matches) light(entry.target.dataset.item);
    },
    { rootMargin: "-40% 0px -40% 0px" },
  );
  const known = new WeakSet();
  onRedraw(() => {
    for (const item of findAll("[data-item]")) {
      if (!known.has(item)) seen.observe(item);
      known.add(item);
    }
  });
  let last = "";
  setInterval(() => {
    const bar = find("[data-testid=progress]");
    const state = bar ? `${bar.dataset.running} ${bar.getAttribute("aria-valuenow")}` : "";
    if (state !== last) showProgress();
    last = state;
  }, 500);
  const offline = () => mark(document.documentElement, "data-offline", navigator.onLine ? null : "");
  addEventListener("online", offline);
  addEventListener("offline", offline);
  offline();
}
