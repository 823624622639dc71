// @ts-check
/** Links on their way to other people: the clipboard, and the phone's own sheet. */
import { setClientVar } from "../client_var/client_var";

/** Shows a short sentence for a moment. */
export const say = (text) =>
  setClientVar("toast", { text: "", at: 0 }, "page", { text, at: Date.now() });

/** Pages on plain http have no clipboard; the old way works there. */
function copiedByHand(text) {
  const field = document.createElement("textarea");
  field.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export async function copyLink(link, said, failed) {
  const text = link || location.href;
  const copied = navigator.clipboard?.writeText(text) ?? Promise.reject();
  say(
    (await copied.then(
      () => true,
      () => copiedByHand(text),
    ))
      ? said
      : failed,
  );
}

/** Where no sheet opens, the link is copied. */
export async function shareLink(link, said, failed, title) {
  try {
    await navigator.share({ title, url: link || location.href });
  } catch (error) {
    if (error.name !== "AbortError") await copyLink(link, said, failed);
  }
}
