/** The first page: a photo is chosen, shown, and sent. */
import { find, findAll, go, mark, on, onAct, onRedraw, say, warmUp } from "./dom.js";
import { remember } from "./history.js";
import { language } from "./language.js";
import { complain, phoneOf, startPhones } from "./phone.js";
import { outsideOf } from "./outside.js";
import { NotAPhoto, prepared } from "./photo.js";
import { newKey, sendUntilStored } from "./send.js";

const TOO_LARGE = 15 * 1024 * 1024;

/** What is being done.  The page's elements show it; when React makes them anew, they show it again. */
const now = {
  phase: "empty",
  file: null,
  url: "",
  ready: null,
  part: 0,
  problem: "",
  said: "",
  keys: new Map(),
};
let sending = null;
const hurry = { now: () => {} };

function render() {
  const root = find("[data-home]");
  if (!root) return;
  mark(root, "data-phase", now.phase);
  mark(root, "data-problem", now.problem || null);
  for (const element of findAll("[data-problem-is=said]", root)) {
    if (element.textContent !== now.said) element.textContent = now.said;
  }
  const preview = find("[data-preview]", root);
  if (now.url) mark(preview, "src", now.url);
  mark(preview, "data-unseen", now.url ? null : "");
  const bar = find("[data-upload-bar]", root);
  mark(bar, "aria-valuenow", Math.round(now.part * 100));
  bar?.style.setProperty("--part", now.part);
}

function become(change) {
  const phase = now.phase;
  Object.assign(now, change);
  render();
  if (now.phase !== phase) {
    scrollTo({ top: 0 });
    const heading = findAll("[data-home] h1[tabindex], [data-home] [tabindex] h1").find(
      (element) => element.offsetParent,
    );
    heading?.focus({ preventScroll: true });
  }
}

function refuse(problem, said = "") {
  const phase = problem === "too_large" || problem === "not_a_photo" ? "empty" : "ready";
  become({ phase: now.file ? phase : "empty", problem, said });
}

/** Shows the photo at once and makes it small while the person reads on. */
async function take(file) {
  if (!file || sending) return;
  URL.revokeObjectURL(now.url);
  const ready = prepared(file);
  const fresh = { problem: "", said: "", part: 0, keys: new Map() };
  Object.assign(now, { file, ready, url: URL.createObjectURL(file), ...fresh });
  become({ phase: "ready" });
  warmUp();
  try {
    const { seen } = await ready;
    if (now.file === file && !seen) become({ url: "" });
  } catch (error) {
    if (now.file !== file) return;
    now.file = null;
    refuse(error instanceof NotAPhoto ? "not_a_photo" : "failed");
  }
}

async function request(choosing, { phone, consent, outside }) {
  const { blob, name } = await now.ready;
  const form = new FormData();
  form.append("image", blob, name);
  form.append("lang", language());
  if (choosing) form.append("select", "true");
  if (outside) form.append("outsideConsent", "true");
  if (phone) {
    form.append("phoneNumber", phone);
    form.append("smsConsent", String(consent));
  }
  return form;
}

/** Goes on by what the server answered. */
async function settle(answer, form) {
  if (!answer) return become({ phase: now.file ? "ready" : "empty", part: 0 });
  const { status, body } = answer;
  if (status === 202 && body?.jobId) {
    const { thumb } = await now.ready;
    remember(body.jobId, thumb);
    document.documentElement.style.setProperty("--preview", now.url ? `url(${now.url})` : "none");
    go(`/results/${body.jobId}`);
    Object.assign(now, { phase: "empty", file: null, ready: null, part: 0, problem: "", url: "" });
    return undefined;
  }
  const said = body?.error?.message ?? "";
  if (status === 400 && ["bad_phone", "consent_required"].includes(body?.error?.code)) {
    become({ phase: "ready" });
    return complain(find("[data-phone]", form), body.error.code === "bad_phone" ? "bad" : "consent");
  }
  if (status === 413) return refuse("too_large");
  if (status === 429) return refuse("too_many");
  return refuse(said ? "said" : "failed", said);
}

/** The same photo with the same wishes keeps its key, so that pressing again makes no second search. */
function keyOf(choosing, { phone, consent, outside }) {
  const wish = JSON.stringify([choosing, phone, consent, outside, language()]);
  if (!now.keys.has(wish)) now.keys.set(wish, newKey());
  return now.keys.get(wish);
}

async function send(form, choosing) {
  const number = phoneOf(form);
  if (!number || !now.file || sending) return;
  const wish = { ...number, outside: outsideOf(form) };
  sending = new AbortController();
  const { signal } = sending;
  become({ phase: "sending", part: 0, problem: "" });
  try {
    const data = await request(choosing, wish);
    if (data.get("image").size > TOO_LARGE) return refuse("too_large");
    const told = {
      sending: (part) => become({ phase: "sending", part }),
      unsaved: () => become({ phase: "unsaved" }),
    };
    await settle(await sendUntilStored(data, keyOf(choosing, wish), told, hurry, signal), form);
  } finally {
    sending = null;
  }
}

async function takeSample({ dataset: { photo, failed } }) {
  try {
    const answer = await fetch(photo);
    if (!answer.ok) throw new Error(`${photo}: ${answer.status}`);
    const blob = await answer.blob();
    take(new File([blob], photo.split("/").pop(), { type: blob.type }));
  } catch (error) {
    console.warn(error);
    say(failed);
  }
}

function startDropping() {
  let inside = 0;
  const over = (change) => {
    inside = Math.max(0, inside + change);
    mark(find("[data-home]"), "data-over", inside ? "" : null);
  };
  const here = () => find("[data-home]") && !sending;
  addEventListener("dragenter", (event) => here() && (event.preventDefault(), over(1)));
  addEventListener("dragleave", () => here() && over(-1));
  addEventListener("dragover", (event) => here() && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!here()) return;
    event.preventDefault();
    over(-inside);
    take(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
    if (here() && file) take(file);
  });
}

export function startHome() {
  startPhones();
  onRedraw(render);
  on("change", "[data-photo-input]", (input) => {
    take(input.files[0]);
    input.value = ""; // The same photo may be chosen again.
  });
  on("submit", "[data-upload]", (form, event) => {
    event.preventDefault();
    send(form, event.submitter?.dataset.act === "start-choosing");
  });
  onAct("stop-sending", () => sending?.abort());
  onAct("send-now", () => hurry.now());
  onAct("sample", takeSample);
  startDropping();
  // A photo chosen before this script had loaded.
  const early = findAll("[data-photo-input]").find((input) => input.files?.length);
  if (early) take(early.files[0]);
}
