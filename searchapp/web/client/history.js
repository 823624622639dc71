/** The last searches of this device, in its local storage and nowhere else. */
import { onAct } from "./dom.js";
import { store } from "./store.js";

const KEY = "history";
const MOST = 12;
const DAYS = 8; // One more than a search is kept.

function read() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    const oldest = Date.now() - DAYS * 86_400_000;
    return entries.filter((entry) => /^[\w-]{22}$/.test(entry.id) && Date.parse(entry.at) > oldest);
  } catch {
    return [];
  }
}

function write(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // Without storage there is no list; searches work all the same.
  }
  store.set({ history: entries });
}

/** Puts a search at the head of the list; `thumb` is a tiny data URL. */
export function remember(id, thumb) {
  const rest = read().filter((entry) => entry.id !== id);
  write([{ id, thumb: thumb || "/icon.svg", at: new Date().toISOString() }, ...rest].slice(0, MOST));
}

/** What the list holds of one search. */
export const history = (id) => read().find((entry) => entry.id === id);

/** Takes one search out of the list, for example when it was erased. */
export const forget = (id) => write(read().filter((entry) => entry.id !== id));

export function startHistory() {
  store.set({ history: read() });
  onAct("forget", () => write([]));
  addEventListener("storage", (event) => event.key === KEY && store.set({ history: read() }));
}
