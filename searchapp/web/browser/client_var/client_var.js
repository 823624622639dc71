// @ts-check
/** Named values of this tab, which components read and events set without asking the server. */
import { useSyncExternalStore } from "react";
import { useLocation } from "react-router";

const slots = new Map();
const inBrowser = typeof document !== "undefined";
const tabs = inBrowser && "BroadcastChannel" in globalThis ? new BroadcastChannel("vars") : null;
const storage = (kept) =>
  ({ browser: globalThis.localStorage, tab: globalThis.sessionStorage })[kept];

/** What is stored, else what the first answer tells, else `first`. */
function initial(name, first, kept) {
  try {
    const site = /** @type {HTMLElement} */ (document.querySelector("meta[name=site]"));
    const text = storage(kept)?.getItem(name) ?? site?.dataset[name];
    return text === undefined || typeof first === "string" ? (text ?? first) : JSON.parse(text);
  } catch {
    return first; // Storage may be forbidden, and anybody may have written there.
  }
}

function slotOf(name, first, kept) {
  if (!slots.has(name)) {
    const value = inBrowser ? initial(name, first, kept) : first;
    slots.set(name, { first, kept, path: "", value, listeners: new Set() });
  }
  return slots.get(name);
}

function put(slot, value) {
  Object.assign(slot, { value, path: location.pathname });
  for (const listener of slot.listeners) listener();
}

tabs?.addEventListener("message", ({ data: { name, value } }) => {
  if (slots.has(name)) put(slots.get(name), value);
});

export function getClientVar(name, first, kept) {
  const slot = slotOf(name, first, kept);
  return kept === "page" && slot.path !== location.pathname ? first : slot.value;
}

export function setClientVar(name, first, kept, value) {
  put(slotOf(name, first, kept), value);
  if (kept === "browser") tabs?.postMessage({ name, value });
  try {
    storage(kept)?.setItem(name, typeof first === "string" ? value : JSON.stringify(value));
  } catch {
    // It then lasts as long as the page.
  }
}

/** The value; `first` while the prerendered page wakes up. */
export function useClientVar(name, first, kept) {
  useLocation(); // What is kept for one page is another on the next.
  const { listeners, first: built } = slotOf(name, first, kept);
  const subscribe = (listener) => (listeners.add(listener), () => listeners.delete(listener));
  return useSyncExternalStore(
    subscribe,
    () => getClientVar(name, built, kept),
    () => built,
  );
}
