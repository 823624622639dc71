/** Named values of this tab, which components read and events set without asking the server. */
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import { useLocation } from "react-router";

/** Names of values of which its inside hears a frame later: the rest of the page answers the tap. */
export const Deferred = createContext([]);

const slots = new Map();
const storage = (kept) => ({ browser: localStorage, tab: sessionStorage })[kept];

/** What the first answer tells of the server, or of itself. */
const told = (name) => globalThis.document?.getElementsByName("site")[0]?.dataset[name];

/** What is stored, else what the first answer tells, else `first`. */
function initial(name, first, kept) {
  try {
    const text = storage(kept)?.getItem(name) ?? told(name);
    return text === undefined || typeof first === "string" ? (text ?? first) : JSON.parse(text);
  } catch {
    return first; // Anybody may have written there; a build has no storage.
  }
}

/** The slot of a value; `path` is the page that it was set on, `late` hears of it a frame later. */
function slotOf(name, first, kept) {
  const made = (value) => ({ first, value, now: new Set(), late: new Set() });
  return slots.get(name) ?? slots.set(name, made(initial(name, first, kept))).get(name);
}

function put(slot, value) {
  Object.assign(slot, { value, path: location.pathname });
  for (const on of slot.now) on();
  if (slot.late.size) requestAnimationFrame(() => setTimeout(() => slot.late.forEach((f) => f())));
}

// Another tab of this browser has stored a value.
globalThis.addEventListener?.("storage", ({ key }) => {
  const slot = slots.get(key);
  if (slot) put(slot, initial(key, slot.first, "browser"));
});

export function getClientVar(name, first, kept) {
  const slot = slotOf(name, first, kept);
  return kept === "page" && slot.path !== location.pathname ? slot.first : slot.value;
}

export function setClientVar(name, first, kept, value) {
  put(slotOf(name, first, kept), value);
  try {
    storage(kept)?.setItem(name, typeof first === "string" ? value : JSON.stringify(value));
  } catch {} // The storage is full: it lasts as long as the page.
}

/** A part of the value; of that of the build while the prerendered page wakes up: a page in English
 * is built under `/en` and served under the address of all. */
export function useClientVar(name, first, kept, part = (value) => value) {
  const { pathname } = useLocation(); // What is kept for one page is another on the next.
  const deferred = useContext(Deferred).includes(name);
  const { [deferred ? "late" : "now"]: listeners } = slotOf(name, first, kept);
  const subscribe = useCallback((on) => (listeners.add(on), () => listeners.delete(on)), []);
  const isEnglish = name === "lang" && (told("built") ?? pathname.split("/")[1]) === "en";
  const read = () => part(getClientVar(name, first, kept));
  return useSyncExternalStore(subscribe, read, () => part(isEnglish ? "en" : first));
}

/** `crypto.randomUUID` is not there on plain http. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
