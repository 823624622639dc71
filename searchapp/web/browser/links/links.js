// @ts-check
/** Links on their way to other people: the clipboard, the phone's own sheet, a shop's page. */
import { setClientVar } from "../client_var/client_var";

/** Shows a short sentence for a moment. */
export const say = (text) =>
  setClientVar("toast", { text: "", at: 0 }, "page", { text, at: Date.now() });

/** Pages on plain http, but for localhost, have no clipboard. */
export const copyLink = (link, said, failed) => {
  const copying = navigator.clipboard?.writeText(link || location.href) ?? Promise.reject();
  return copying.then(...[said, failed].map((text) => () => say(text)));
};

/** Where no sheet opens, the link is copied. */
export async function shareLink(link, said, failed, title) {
  const sharing =
    navigator.share?.({ title, url: link || location.href }) ?? Promise.reject(Error());
  await sharing.catch(({ name }) => name !== "AbortError" && copyLink(link, said, failed));
}

/** In a frame, hands the chosen product to the page around it, which decides what opens. */
export function choose(event, product) {
  if (parent === window) return;
  event.preventDefault();
  parent.postMessage({ type: "searchapp:product", ...product }, "*");
}
