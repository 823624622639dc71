/** Searching the same photo again, in other places or the same ones, without sending it once more. */
import { ask, busy, jobOf, worked } from "./actions.js";
import { beginDrawing, wanted } from "./choosing.js";
import { find, go, on, onAct, say } from "./dom.js";
import { history, remember } from "./history.js";
import { outsideOf } from "./outside.js";
import { store } from "./store.js";

/** Shows the drawing in place of the results, or the results again. */
function show(job) {
  if (job) beginDrawing();
  store.set({ again: job });
  scrollTo({ top: 0 });
  requestAnimationFrame(() => find(job ? "[data-act=draw]" : "[data-act=again]")?.focus());
}

async function start(id, items, button, outside = false) {
  if (!items.length) return;
  const body = outside ? { items, outsideConsent: true } : { items };
  const answer = await busy(button, () => ask("POST", `/api/search-job/${id}/again`, body));
  if (!worked(answer)) {
    say(answer.body?.error?.message ?? button.dataset.failed);
    return;
  }
  remember(answer.body.jobId, history(id)?.thumb);
  store.set({ again: "" });
  go(`/results/${answer.body.jobId}`);
}

export function startAgain() {
  onAct("again", (button) => show(jobOf(button)));
  onAct("again-stop", () => show(""));
  onAct("again-same", (button) => start(jobOf(button), JSON.parse(button.dataset.items), button));
  on("submit", "[data-again]", (form, event) => {
    event.preventDefault();
    start(jobOf(form), wanted(form), find("[type=submit]", form), outsideOf(form));
  });
}
