/**
 * What this server promises and a build can not know: for how many days a search is kept, and
 * whether an outside source may be asked.
 *
 * Sentences of the class `dated` stay invisible until it is known, so that none is ever wrong.
 */
import { mark } from "./dom.js";
import { store } from "./store.js";

const AGAIN = 5000;

/** The days that a search is kept, or `undefined` while that is not known. */
export const keptDays = () => Number(document.documentElement.dataset.days) || undefined;

/** Asks until it is answered, then calls `known`. */
export async function startSite(known) {
  try {
    const answer = await fetch("/site.json");
    if (!answer.ok) throw new Error(answer.statusText);
    const { retentionDays, outsideSource } = await answer.json();
    store.set({ days: retentionDays, outside: outsideSource });
    mark(document.documentElement, "data-days", retentionDays);
    known();
  } catch {
    setTimeout(startSite, AGAIN, known); // The server or the connection is away for a moment.
  }
}
