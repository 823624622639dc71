/** How results are arranged in this tab: their order, the filters, and turning a strip's pages. */
import { find, onAct, onOtherPage } from "./dom.js";
import { NO_FILTERS, store } from "./store.js";

const change = (part) => store.set({ arrange: { ...store.get().arrange, ...part } });

function turn(button) {
  const strip = find(".strip", button.parentElement);
  strip.scrollBy({ left: Number(button.dataset.by) * strip.clientWidth * 0.8, behavior: "smooth" });
}

function arrange({ dataset: { part, value } }) {
  change({ [part]: part === "max" ? Number(value) : value });
}

export function startArranging() {
  onAct("turn", turn);
  onAct("arrange", arrange);
  onAct("arrange-reset", () => change({ sort: "match", ...NO_FILTERS }));
  // A brand or a price of one search says nothing of another one's results.
  onOtherPage(() => change(NO_FILTERS));
}
