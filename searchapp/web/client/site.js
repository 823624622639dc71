/** What this server promises and a build can not know; it stands on the root of its pages. */
import { store } from "./store.js";

/** The days that a search is kept, or `undefined` on a page that is not told. */
export const keptDays = () => Number(document.documentElement.dataset.days) || undefined;

/** Follows a link by loading the page: the router would keep this page's root. */
function leave(event) {
  if (event.target.closest?.("a[href^='/']")) event.stopPropagation();
}

export function startSite() {
  const days = keptDays();
  if (days) store.set({ days });
  else addEventListener("click", leave, true);
}
