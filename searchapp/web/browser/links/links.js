/** Links on their way to other people: the clipboard, the phone's own sheet, a shop's page. */

/** Pages on plain http, but for localhost, have no clipboard. */
export const copyLink = (link, onCopied, onFailed) =>
  navigator.clipboard?.writeText(link || location.href).then(onCopied, onFailed) ?? onFailed();

/** Where no sheet opens, the link is copied. */
export function shareLink(link, onCopied, onFailed, title) {
  const copy = (error) => error?.name === "AbortError" || copyLink(link, onCopied, onFailed);
  return navigator.share?.({ title, url: link || location.href }).catch(copy) ?? copy();
}

/** In a frame, hands the chosen product to the page around it, which decides what opens. */
export function choose(event, product) {
  if (parent === window) return;
  event.preventDefault();
  parent.postMessage({ type: "searchapp:product", ...product }, "*");
}
