// @ts-check
/** Named values of this tab, which components read and events set without asking the server. */
import { useSyncExternalStore } from "react";

/** @typedef {{ first: any, kept: string, path: string, value: any, listeners: Set<() => void> }} Slot */
/** @typedef {[name: string, first: any, kept: string]} Named */

/** @type {Map<string, Slot>} */
const slots = new Map();
const inBrowser = typeof document !== "undefined";
const otherTabs = inBrowser && "BroadcastChannel" in globalThis ? new BroadcastChannel("vars") : null;

/** @param {string} kept */
const storage = (kept) => ({ browser: globalThis.localStorage, tab: globalThis.sessionStorage })[kept];
/** @param {string} name */
const told = (name) =>
  /** @type {HTMLElement | null} */ (document.querySelector("meta[name=site]"))?.dataset[name];

/** What is stored, else what the first answer tells, else `first`.
 * @param {string} name @param {any} first @param {string} kept */
function initial(name, first, kept) {
  try {
    const text = storage(kept)?.getItem(name) ?? told(name);
    return text === undefined || typeof first === "string" ? (text ?? first) : JSON.parse(text);
  } catch {
    return first; // Storage may be forbidden, and anybody may have written there.
  }
}

/** @param {Named} named */
function slotOf(...[name, first, kept]) {
  const known = slots.get(name);
  if (known) return known;
  const value = inBrowser ? initial(name, first, kept) : first;
  const slot = { first, kept, path: "", value, listeners: new Set() };
  slots.set(name, slot);
  return slot;
}

/** @param {Slot} slot @param {any} value */
function put(slot, value) {
  slot.value = value;
  slot.path = location.pathname;
  for (const listener of slot.listeners) listener();
}

otherTabs?.addEventListener("message", ({ data: { name, value } }) => {
  const slot = slots.get(name);
  if (slot) put(slot, value);
});

/** @param {Named} named */
export function getClientVar(...named) {
  const slot = slotOf(...named);
  return slot.kept === "page" && slot.path !== location.pathname ? slot.first : slot.value;
}

/** @param {string} name @param {any} first @param {string} kept @param {any} value */
export function setClientVar(name, first, kept, value) {
  put(slotOf(name, first, kept), value);
  if (kept === "browser") otherTabs?.postMessage({ name, value });
  try {
    storage(kept)?.setItem(name, typeof first === "string" ? value : JSON.stringify(value));
  } catch {
    // It then lasts as long as the page.
  }
}

/** The value; `first` while the prerendered page wakes up. @param {Named} named */
export function useClientVar(...named) {
  const { listeners, first } = slotOf(...named);
  return useSyncExternalStore(
    (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    () => getClientVar(...named),
    () => first,
  );
}
