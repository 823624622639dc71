/** What follows the person by itself: the lit piece of the photo, products that are drawn later,
 * the room that a running search keeps. */
import { find, findAll, mark, on, onRedraw } from "./dom.js";
import { store } from "./store.js";

const MOST = 24;
const LATER = 3000;

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

function startLighting() {
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
}

/** A search that was seen running keeps the room of each strip, so that nothing moves as it ends. */
function startWatching() {
  onRedraw(() => {
    if (find("[data-testid=progress][data-running=true]")) mark(find("#main"), "data-watched", "");
  });
}

/** The photo of a search that is opened from the list is shown before the server has answered. */
function startPreviews() {
  on("click", "a[href^='/results/']", (link) => {
    const photo = `url(/api/search-job/${link.pathname.split("/").pop()}/photo?size=screen)`;
    document.documentElement.style.setProperty("--preview", photo);
  });
}

function startSayingOffline() {
  const offline = () => mark(document.documentElement, "data-offline", navigator.onLine ? null : "");
  addEventListener("online", offline);
  addEventListener("offline", offline);
  offline();
}

export function startFollowing() {
  startDrawingAll();
  startLighting();
  startWatching();
  startPreviews();
  startSayingOffline();
}
