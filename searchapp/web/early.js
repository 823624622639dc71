// Before anything is drawn: storage where a browser forbids it, the reader's language, early taps.
{
  // In another site's frame the mere mention of localStorage may throw, in the framework too.
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      globalThis[name].getItem("");
    } catch {
      const kept = new Map();
      const getItem = (key) => kept.get(key) ?? null;
      const value = { getItem, setItem: (key, text) => kept.set(key, `${text}`) };
      Object.defineProperty(globalThis, name, { value });
    }
  }
  const lang = localStorage.getItem("lang") ?? document.getElementsByName("site")[0]?.dataset.lang;
  if (lang === "en") document.documentElement.lang = "en";
  // A button that is pressed before the page is awake is pressed again until it is.
  const hold = (event) => {
    if ("live" in document.documentElement.dataset) return;
    event.stopImmediatePropagation();
    setTimeout(() => event.target.closest("button")?.click(), 100);
  };
  addEventListener("click", hold, true);
  if (isSecureContext) navigator.serviceWorker?.register("/worker.js").catch(() => {});
}
