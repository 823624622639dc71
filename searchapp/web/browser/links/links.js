// @ts-check
/** Links on their way to other people: the clipboard, and the phone's own sheet. */
import { setClientVar } from "./client_var";

/** Shows a short sentence for a moment. @param {string} text */
export const say = (text) => setClientVar("toast", { text: "", at: 0 }, "page", { text, at: Date.now() });

/** Puts `text` into the clipboard; says whether it is there. @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages on plain http have no clipboard; the old way works there.
  }
  const field = document.createElement("textarea");
  field.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/** @param {string} link @param {string} said @param {string} failed */
export async function copyLink(link, said, failed) {
  say((await copied(link || location.href)) ? said : failed);
}

/** Where no sheet opens, the link is copied.
 * @param {string} link @param {string} said @param {string} failed @param {string} title */
export async function shareLink(link, said, failed, title) {
  try {
    await navigator.share({ title, url: link || location.href });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") await copyLink(link, said, failed);
  }
}
