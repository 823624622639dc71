// @ts-check
// Before anything is drawn: the reader's language, which a page is not built in.
{
  const site = /** @type {HTMLElement} */ (document.querySelector("meta[name=site]"));
  let lang;
  try {
    lang = localStorage.getItem("lang");
  } catch {
    // Storage may be forbidden.
  }
  if ((lang ?? site?.dataset.lang) === "en") document.documentElement.lang = "en";
  if (isSecureContext) navigator.serviceWorker?.register("/worker.js").catch(() => {});
}
