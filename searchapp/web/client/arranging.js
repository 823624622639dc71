/** How results are arranged in this tab: their order, the filters, and turning a strip's pages. */
import { find, findAll, mark, on, onAct, onOtherPage } from "./dom.js";
import { NO_FILTERS, store } from "./store.js";

const READ = { from: Number, max: Number, stock: (text) => text === "true" };
const read = (part, text) => READ[part]?.(text) ?? text;

const change = (part) => store.set({ arrange: { ...store.get().arrange, ...part } });

/** Fields belong to nobody but the person who types: they are told what a button has changed. */
function tellFields() {
  const { arrange } = store.get();
  for (const field of findAll("[data-field]")) field.value = arrange[field.dataset.field] || "";
  complainOf("");
}

/** Says beside the fields of the sheet what is wrong with the filters, or nothing. */
export function complainOf(sentence) {
  const place = find("[data-filters-wrong]");
  if (place) place.textContent = sentence;
  for (const field of findAll("[data-field=from], [data-field=max]")) {
    mark(field, "aria-invalid", sentence ? "true" : null);
  }
}

function turn(button) {
  const strip = find(".strip", button.parentElement);
  strip.scrollBy({ left: Number(button.dataset.by) * strip.clientWidth * 0.8, behavior: "smooth" });
}

function arrange({ dataset: { part, value } }) {
  change({ [part]: read(part, value) });
  tellFields();
}

function reset(part) {
  change({ ...part, ...NO_FILTERS });
  tellFields();
}

export function startArranging() {
  onAct("turn", turn);
  onAct("arrange", arrange);
  onAct("arrange-reset", () => reset({ sort: "match" }));
  on("input", "[data-field]", ({ dataset: { field }, value }) => {
    change({ [field]: read(field, value.trim()) });
    complainOf("");
  });
  // A brand or a price of one search says nothing of another one's results.
  onOtherPage(() => reset({}));
}
