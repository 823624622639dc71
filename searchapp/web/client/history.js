/** The last searches of this device, in its local storage and nowhere else. */
import { find, onAct, onRedraw } from "./dom.js";
import { thumbOf } from "./photo.js";
import { keptDays } from "./site.js";
import { store } from "./store.js";

const KEY = "history";
const MOST = 12;
const DAY = 86_400_000;
const NO_THUMB = "/icon.svg";

function read() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    // One day more than a search is kept; everything while nobody knows how long that is.
    const oldest = Date.now() - ((keptDays() ?? Infinity) + 1) * DAY;
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
  write([{ id, thumb: thumb || NO_THUMB, at: new Date().toISOString() }, ...rest].slice(0, MOST));
}

/** What the list holds of one search. */
export const history = (id) => read().find((entry) => entry.id === id);

/** Takes one search out of the list, for example when it was erased. */
export const forget = (id) => write(read().filter((entry) => entry.id !== id));

/** The browser could not open what was sent (HEIC): the server's own picture makes the thumbnail. */
function completeThumb() {
  const image = find("[data-job] [data-frame] img");
  if (!image?.complete || !image.naturalWidth) return;
  const { job } = image.closest("[data-job]").dataset;
  const lacks = ({ id, thumb }) => id === job && thumb === NO_THUMB;
  if (!store.get().history.some(lacks)) return;
  const thumb = thumbOf(image);
  write(read().map((entry) => (lacks(entry) ? { ...entry, thumb } : entry)));
}

/** A search that is gone for good leaves the list. */
function forgetGone() {
  const id = find("[data-gone]") && location.pathname.split("/")[2];
  if (id && store.get().history.some((entry) => entry.id === id)) forget(id);
}

/** Shows the list; what is too old goes out of it for good. */
const showHistory = () => write(read());

export function startHistory() {
  showHistory();
  onAct("forget", () => write([]));
  onRedraw(completeThumb);
  onRedraw(forgetGone);
  document.addEventListener("load", completeThumb, true);
  addEventListener("storage", (event) => event.key === KEY && store.set({ history: read() }));
}
