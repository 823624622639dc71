/** What this server promises and a build can not know; it stands on the root of its pages. */
import { store } from "./store.js";

/** The days that a search is kept, or `undefined` on a page that is not told. */
export const keptDays = () => Number(document.documentElement.dataset.days) || undefined;

export function startSite() {
  const days = keptDays();
  if (days) store.set({ days });
}
