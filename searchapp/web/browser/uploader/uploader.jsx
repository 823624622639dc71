/** A form that sends one photo, and goes on until it is stored.
 *
 * A submit sends the photo with the form's fields; a second one, while it waits, tries at once; a
 * reset gives up. */
import { createElement, useEffect, useRef } from "react";
import { newKey } from "../client_var/client_var";
import { complete, edited } from "../form/form";
import { forgetPhoto, keepPhoto, keptPhoto } from "./kept";
import { prepared, turnable } from "./picture";

/** Seconds between two tries, and bytes of a photo, at most. */
const [LONGEST, LARGEST] = [30, 15 * 1024 * 1024];
const COMES_BACK = new Set([0, 502, 503, 504]);

/** The request when it has ended; its status is 0 when nothing came back. */
const post = (action, data, key, onProgress, signal) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", action);
    request.setRequestHeader("Idempotency-Key", key);
    Object.assign(request, { responseType: "json", timeout: 120_000 });
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onloadend = () => resolve(request);
    signal.addEventListener("abort", () => request.abort());
    request.send(data);
  });

export function PhotoUploader({ action, children, ...told }) {
  const form = useRef(null);
  /** @type {any} */
  const work = useRef({}).current;
  work.tell = told;

  const forget = () => (forgetPhoto(), (work.file = null));
  const stop = () => (work.abort?.abort(), work.now?.());

  const take = async (chosen, keys = {}) => {
    if (!chosen || work.abort) return;
    work.chosen = chosen;
    // A broken one, or one too large for a canvas, goes as it is: the server turns it.
    const file = await turnable(chosen).catch(() => chosen);
    if (work.chosen !== chosen) return; // Another one was chosen meanwhile.
    URL.revokeObjectURL(work.url);
    Object.assign(work, { file, keys, ready: prepared(file), url: URL.createObjectURL(file) });
    work.tell.onChosen(work.url);
    keepPhoto(file, keys);
    if ((await work.ready) || work.file !== file) return;
    forget();
    work.tell.onRefused(415, "");
  };

  const pick = (input) => {
    take(input.files?.[0]);
    if (input.files) input.value = ""; // The same photo may be chosen again.
  };

  const takeFrom = async ({ photo, address } = /** @type {any} */ ({})) => {
    if (!photo) return undefined;
    const { lang } = document.documentElement;
    const headers = { "Content-Type": "application/json", "Accept-Language": lang };
    const asking = (work.chosen = { method: "POST", headers, body: JSON.stringify({ address }) });
    const answer = await fetch(photo, address ? asking : {}).catch(() => null);
    const got = await (answer?.ok ? answer.blob() : answer?.json())?.catch(() => null);
    if (work.chosen !== asking) return undefined; // Another one was chosen meanwhile.
    return got && answer?.ok ? take(got) : work.tell.onUnfetched(got?.error?.message ?? "");
  };

  const send = async (submitter) => {
    if (work.abort) return work.now?.();
    if (!work.file || !complete(form.current)) return undefined;
    const { signal } = (work.abort = new AbortController());
    const data = new FormData(form.current, submitter);
    // The same photo with the same fields is the same search.
    const key = (work.keys[JSON.stringify([...data])] ??= newKey());
    keepPhoto(work.file, work.keys);
    work.tell.onProgress(0);
    const { blob, name, thumb } = await work.ready;
    data.append("image", blob, name);
    let answer = /** @type {any} */ ({ status: blob.size > LARGEST ? 413 : 0 });
    for (let tries = 0; !signal.aborted && COMES_BACK.has(answer.status); tries += 1) {
      if (tries > 0) {
        work.tell.onUnsaved();
        const later = Number(answer.getResponseHeader("Retry-After")) || 2 ** tries;
        await new Promise((now) => setTimeout((work.now = now), 1000 * Math.min(later, LONGEST)));
      }
      if (!signal.aborted) answer = await post(action, data, key, work.tell.onProgress, signal);
    }
    work.abort = work.now = null;
    if (signal.aborted) return work.tell.onStopped();
    const { status, response: body } = answer;
    if (status !== 202) return work.tell.onRefused(status, body?.error?.message ?? "");
    forget();
    return work.tell.onStored(body.jobId, thumb);
  };

  useEffect(() => {
    const ending = new AbortController();
    const given = (event, transfer) => {
      const [file] = transfer?.files ?? [];
      if (!file && event.target.closest?.("input")) return;
      event.preventDefault();
      const text = transfer?.getData("text/uri-list") || transfer?.getData("text/plain") || "";
      if (file) take(file);
      else work.tell.onAddress(text.match(/^https?:\/\/\S+$/im)?.[0] ?? "");
    };
    const events = {
      online: () => work.now?.(),
      dragover: (event) => (event.preventDefault(), work.tell.onOver(true)),
      dragleave: (event) => event.relatedTarget ?? work.tell.onOver(false),
      drop: (event) => (work.tell.onOver(false), given(event, event.dataTransfer)),
      paste: (event) => given(event, event.clipboardData),
    };
    for (const [name, listen] of Object.entries(events)) addEventListener(name, listen, ending);
    const takeKept = (kept) => {
      if (!kept || work.chosen) return;
      if (!kept.address) return void take(kept.file, kept.keys);
      forget();
      work.tell.onAddress(kept.address);
    };
    // A photo that was chosen before this component was awake, or that a killed tab left behind.
    for (const input of form.current.elements) pick(input);
    keptPhoto().then(takeKept);
    return () => (ending.abort(), stop());
  }, []);

  const events = {
    onChange: ({ target }) => pick(target),
    onSubmit: (event) => (event.preventDefault(), send(event.nativeEvent.submitter)),
    onReset: (event) => (event.preventDefault(), stop()),
    onInput: edited,
    onClick: ({ target }) => takeFrom(target.closest("[data-photo]")?.dataset),
  };
  return createElement("form", { ...events, ref: form, noValidate: true }, children);
}
