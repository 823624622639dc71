/**
 * Searching the same photo again without sending it once more: in other places or the same ones,
 * with the filters that the search has, or others.
 */
import { ask, busy, jobOf, worked } from "./actions.js";
import { complainOf } from "./arranging.js";
import { beginDrawing, wanted } from "./choosing.js";
import { closeDialog } from "./dialogs.js";
import { find, focusDrawn, go, on, onAct, say } from "./dom.js";
import { history, remember } from "./history.js";
import { outsideOf } from "./outside.js";
import { store } from "./store.js";

/** Shows the drawing in place of the results, or the results again. */
function show(job) {
  if (job) beginDrawing();
  store.set({ again: job });
  scrollTo({ top: 0 });
  focusDrawn(job ? "[data-act=draw]" : "[data-act=again]");
}

const parsed = (text) => JSON.parse(text || "{}");

/** What the page says of the search that `element` belongs to. */
const shown = (element) => element.closest("[data-job]").dataset;

const PRICE = ["priceFrom", "priceTo", "currency"];

const without = (filters, names) =>
  Object.fromEntries(Object.entries(filters).filter(([name]) => !names.includes(name)));

/** The filters of the sheet as the API takes them. */
function chosen(currency) {
  const { category, from, max, brand, colour, stock } = store.get().arrange;
  const named = {
    category,
    brand,
    colour,
    priceFrom: from,
    priceTo: max,
    currency: (from || max) && currency,
    inStock: stock,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value));
}

/** The filters of this search with those of the sheet in their place; a price is one thing. */
function narrower({ filters, currency }) {
  const added = chosen(currency);
  const before = parsed(filters);
  return { ...(added.currency ? without(before, PRICE) : before), ...added };
}

/** Starts the search and goes there; `complain` hears why when it did not work. */
async function start(button, items, filters, { complain = say, outside = false } = {}) {
  if (!items.length) return;
  const id = jobOf(button);
  const body = { items, ...filters, ...(outside && { outsideConsent: true }) };
  const answer = await busy(button, () => ask("POST", `/api/search-job/${id}/again`, body));
  if (!worked(answer)) {
    complain(answer.body?.error?.message ?? button.dataset.failed);
    return;
  }
  remember(answer.body.jobId, history(id)?.thumb);
  store.set({ again: "" });
  closeDialog(button);
  go(`/results/${answer.body.jobId}`);
}

/** The same pieces over the whole catalogue, narrowed down as the sheet says. */
function startNarrower(button) {
  const { from, max } = store.get().arrange;
  const complain = button.closest("dialog") ? complainOf : say;
  if (from && max && from > max) {
    complain(button.dataset.crossed);
    find("[data-field=from]", button.closest("dialog") ?? document)?.focus();
    return;
  }
  const page = shown(button);
  start(button, JSON.parse(page.pieces), narrower(page), { complain });
}

function startWithout(button) {
  const { name } = button.dataset;
  const { pieces, filters } = shown(button);
  const left = without(parsed(filters), name === "price" ? PRICE : [name]);
  start(button, JSON.parse(pieces), left);
}

export function startAgain() {
  onAct("again", (button) => show(jobOf(button)));
  onAct("again-stop", () => show(""));
  onAct("again-same", (button) => {
    const { pieces, filters } = shown(button);
    start(button, JSON.parse(pieces), parsed(filters));
  });
  onAct("again-narrower", startNarrower);
  onAct("again-without", startWithout);
  on("submit", "[data-again]", (form, event) => {
    event.preventDefault();
    const outside = outsideOf(form);
    start(find("[type=submit]", form), wanted(form), parsed(shown(form).filters), { outside });
  });
}
