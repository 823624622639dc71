/** The reader's language: kept in this browser, changed at once. */
import { mark, onAct } from "./dom.js";
import { store } from "./store.js";

const KEY = "lang";
const KNOWN = ["ko", "en"];

export const language = () => store.get().lang;

function saved() {
  try {
    const value = localStorage.getItem(KEY);
    return KNOWN.includes(value) ? value : "ko";
  } catch {
    return "ko"; // Storage may be forbidden; Korean is the page's own language.
  }
}

function show(lang) {
  mark(document.documentElement, "lang", lang);
  if (store.get().lang !== lang) store.set({ lang });
}

export function startLanguage() {
  show(saved());
  onAct("language", (button) => {
    const lang = button.lang === "en" ? "en" : "ko";
    try {
      localStorage.setItem(KEY, lang);
    } catch {
      // The choice then lasts as long as the page.
    }
    // All words change at once, which takes a slow phone a while: the tap is answered first.
    setTimeout(show, 0, lang);
  });
  addEventListener("storage", (event) => event.key === KEY && show(saved()));
}
