/** What the owner of a search says of its results: this is it, not this, a look at the shop. */
import { ask, jobOf, worked } from "./actions.js";
import { on, onAct, say } from "./dom.js";
import { answerName, store } from "./store.js";

/** Tells the other tabs of this browser; a tab opened later asks the server. */
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("opinions") : null;

/** The result that `element` belongs to; none on pages that are only to look at, and of no other shop. */
function answerOf(element) {
  const job = jobOf(element);
  const itemId = element.closest("[data-item]")?.dataset.item;
  const productId = element.closest("[data-product]:not([data-outside])")?.dataset.product;
  return job && itemId && productId ? { job, itemId, productId } : null;
}

const keep = (name, said) => store.set({ said: { ...store.get().said, [name]: said } });

async function vote(button) {
  const answer = answerOf(button);
  if (!answer || button.getAttribute("aria-pressed") === "true") return;
  const { job, itemId, productId } = answer;
  const name = answerName(job, itemId, productId);
  const before = store.get().said[name];
  const { said } = button.dataset;
  keep(name, said);
  const done = await ask("POST", `/api/search-job/${job}/feedback`, { itemId, productId, said });
  if (worked(done)) {
    tabs?.postMessage({ name, said });
    return;
  }
  keep(name, before);
  say(done.body?.error?.message ?? button.dataset.failed);
}

/** Counts a look at the shop; it is on its way even if this page is closed at once. */
function count(link) {
  const answer = answerOf(link);
  if (!answer) return;
  const { job, itemId, productId } = answer;
  fetch(`/api/search-job/${job}/feedback`, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ itemId, productId, said: "clicked" }),
  }).catch(() => {});
}

export function startOpinions() {
  onAct("vote", vote);
  tabs?.addEventListener("message", ({ data }) => keep(data.name, data.said));
  on("click", "[data-product] a", count);
  on("auxclick", "[data-product] a", (link, event) => event.button === 1 && count(link));
}
