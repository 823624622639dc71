/** What a person does to a search: each action is one request to the HTTP API. */
import { closeDialog } from "./dialogs.js";
import { find, mark, on, onAct, onOtherPage, say } from "./dom.js";
import { forget } from "./history.js";
import { language } from "./language.js";
import { complain, phoneOf } from "./phone.js";
import { newKey } from "./send.js";
import { store } from "./store.js";

export const jobOf = (element) => element.closest("[data-job]")?.dataset.job ?? "";

/** `{ status, body }`; status 0 when nothing came back. */
export async function ask(method, path, body) {
  const headers = { "Idempotency-Key": newKey(), "Accept-Language": language() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  } catch {
    return { status: 0, body: null };
  }
}

export const worked = ({ status }) => status >= 200 && status < 300;

/** Runs `work` while the button shows that it was pressed and can not be pressed again. */
export async function busy(button, work) {
  mark(button, "aria-busy", "true");
  button.disabled = true;
  try {
    return await work();
  } finally {
    button.disabled = false;
    mark(button, "aria-busy", null);
  }
}

/** Asks, and says the server's own sentence, or the button's, when it did not work. */
async function act(button, method, path, body) {
  const answer = await busy(button, () => ask(method, path, body));
  if (!worked(answer)) say(answer.body?.error?.message ?? button.dataset.failed);
  return answer;
}

/** Puts `text` into the clipboard; says whether it is there. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages on plain http have no clipboard; the old way works there.
  }
  const field = document.createElement("textarea");
  field.value = text;
  (find("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

const linkOf = (button) => button.dataset.link || location.href;

async function copy(button) {
  const done = await copied(linkOf(button));
  say(done ? button.dataset.said : button.dataset.failed);
}

/** The phone's own sheet; where there is none, or it does not open, the link is copied. */
async function share(button) {
  const title = find(".brand .name").textContent;
  try {
    await navigator.share({ title, url: linkOf(button) });
  } catch (error) {
    if (error.name !== "AbortError") await copy(button); // Closing the sheet is no failure.
  }
}

async function erase(button) {
  const id = jobOf(button);
  const answer = await act(button, "DELETE", `/api/search-job/${id}`);
  if (!worked(answer)) return;
  closeDialog(button);
  forget(id);
  // The live page says that it is gone; without a live page, loading it again does.
  setTimeout(() => find(`[data-job="${id}"]`) && location.reload(), 1500);
}

async function notify(form) {
  const number = phoneOf(form);
  if (!number) return;
  if (!number.phone) {
    complain(find("[data-phone]", form), "bad");
    return;
  }
  const body = { phoneNumber: number.phone, smsConsent: number.consent, lang: language() };
  const button = find("[type=submit]", form);
  const answer = await act(button, "POST", `/api/search-job/${jobOf(form)}/notify`, body);
  if (!worked(answer)) return;
  closeDialog(form);
  const reason = answer.body?.smsReason?.replaceAll("_", "-");
  // A cap or a setting is in the way.
  if (reason) say(button.getAttribute(`data-why-${reason}`) ?? button.dataset.failed);
}

async function makeShare(button) {
  const answer = await act(button, "POST", `/api/search-job/${jobOf(button)}/share`);
  if (worked(answer)) store.set({ share: answer.body.shareUrl });
}

async function stopShare(button) {
  const answer = await act(button, "DELETE", `/api/search-job/${jobOf(button)}/share`);
  if (!worked(answer)) return;
  store.set({ share: "" });
  closeDialog(button);
  say(button.dataset.said);
}

export function startActions() {
  onAct("copy", copy);
  onAct("share", share);
  onAct("share-make", makeShare);
  // The link of one search must not be offered on another one's page.
  onOtherPage(() => store.set({ share: "", kakao: "" }));
  onAct("share-stop", stopShare);
  onAct("cancel", (button) => act(button, "POST", `/api/search-job/${jobOf(button)}/cancel`));
  onAct("erase", erase);
  on("submit", "[data-notify]", (form, event) => {
    event.preventDefault();
    notify(form);
  });
}
