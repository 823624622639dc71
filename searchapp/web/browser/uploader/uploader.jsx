// @ts-check
/**
 * A form that sends one photo, and goes on until it is stored.
 *
 * Its children are plain elements: file inputs, fields, buttons.  A submit sends the photo with the
 * form's fields; a second one, while it waits, tries at once; a reset gives up.
 */
import { createElement, useEffect, useRef } from "react";
import { newKey } from "../client_var/client_var";
import { complete, edited } from "../form/form";
import { forgetPhoto, keepPhoto, keptPhoto } from "./kept";
import { prepared, turnable } from "./picture";

/** Seconds between two tries, at most. */
const LONGEST_WAIT = 30;
const LARGEST = 15 * 1024 * 1024;
const COMES_BACK = new Set([0, 502, 503, 504]);

/** The request when it has ended; its status is 0 when nothing came back. */
const post = (action, form, key, onProgress, signal) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", action);
    request.setRequestHeader("Idempotency-Key", key);
    Object.assign(request, { responseType: "json", timeout: 120_000 });
    request.upload.onprogress = ({ loaded, total }) =>
      onProgress(Math.round((100 * loaded) / total));
    request.onloadend = () => resolve(request);
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });

/** The form's fields that say something, and the key of exactly these with this photo. */
function asked(form, submitter, keys) {
  const data = new FormData(form, submitter);
  for (const [name, value] of Array.from(data))
    if (value instanceof File || !value) data.delete(name);
  return [data, (keys[JSON.stringify([...data])] ??= newKey())];
}

export function PhotoUploader({ action, children, ...told }) {
  const form = useRef(null);
  /** @type {any} */
  const work = useRef({ file: null, keys: {}, abort: null }).current;
  const tell = useRef(told);
  tell.current = told;

  const forget = () => (forgetPhoto(), (work.file = null));
  const stop = () => (work.abort?.abort(), work.now?.());

  const take = async (chosen, keys = {}) => {
    if (!chosen || work.abort) return;
    work.chosen = chosen;
    const file = await turnable(chosen);
    if (work.chosen !== chosen) return; // Another one was chosen meanwhile.
    URL.revokeObjectURL(work.url);
    Object.assign(work, { file, keys, ready: prepared(file), url: URL.createObjectURL(file) });
    tell.current.onChosen(work.url);
    keepPhoto(file, keys);
    if ((await work.ready) || work.file !== file) return;
    forget();
    tell.current.onRefused(415, "");
  };

  const takeFrom = async ({ photo, address }) => {
    const { lang } = document.documentElement;
    const headers = { "Content-Type": "application/json", "Accept-Language": lang };
    const asking = { method: "POST", headers, body: JSON.stringify({ address }) };
    const answer = await fetch(photo, address ? asking : {}).catch(() => null);
    if (answer?.ok) return take(await answer.blob());
    const said = await answer?.json().catch(() => null);
    return tell.current.onUnfetched(said?.error?.message ?? "");
  };

  const send = async (submitter) => {
    if (work.abort) return work.now?.();
    if (!work.file || !complete(form.current)) return undefined;
    const { signal } = (work.abort = new AbortController());
    const [data, key] = asked(form.current, submitter, work.keys);
    keepPhoto(work.file, work.keys);
    tell.current.onProgress(0);
    const { blob, name, thumb } = await work.ready;
    data.append("image", blob, name);
    let answer = /** @type {any} */ ({ status: blob.size > LARGEST ? 413 : 0 });
    for (let tries = 0; !signal.aborted && COMES_BACK.has(answer.status); tries += 1) {
      if (tries > 0) {
        tell.current.onUnsaved();
        const later = Number(answer.getResponseHeader?.("Retry-After")) || 2 ** tries;
        const wait = 1000 * Math.min(later, LONGEST_WAIT);
        await new Promise((now) => setTimeout((work.now = now), wait));
      }
      if (!signal.aborted) answer = await post(action, data, key, tell.current.onProgress, signal);
    }
    work.abort = work.now = null;
    if (signal.aborted) return tell.current.onStopped();
    const { status, response: body } = answer;
    if (status !== 202) return tell.current.onRefused(status, body?.error?.message ?? "");
    forget();
    return tell.current.onStored(body.jobId, thumb);
  };

  useEffect(() => {
    const ending = new AbortController();
    const given = (transfer, event) => {
      const [file] = transfer?.files ?? [];
      const text = transfer?.getData("text/uri-list") || transfer?.getData("text/plain");
      if (!file && !/^https?:\/\/\S+$/i.test(text)) return;
      event.preventDefault();
      if (file) take(file);
      else tell.current.onAddress(text);
    };
    const { onOver } = tell.current;
    const events = {
      online: () => work.now?.(),
      dragover: (event) => (event.preventDefault(), onOver(true)),
      dragleave: (event) => event.relatedTarget ?? onOver(false),
      drop: (event) => (event.preventDefault(), onOver(false), given(event.dataTransfer, event)),
      paste: (event) => event.target.closest?.("input") || given(event.clipboardData, event),
    };
    for (const [name, listen] of Object.entries(events)) addEventListener(name, listen, ending);
    // A photo that was chosen before this component was awake, or that a killed tab left behind.
    const early = [...form.current.elements].find(({ files }) => files?.length);
    if (early) take(early.files[0]);
    else
      keptPhoto().then((kept) => {
        if (!kept || work.file) return;
        if (!kept.address) return void take(kept.file, kept.keys);
        forget();
        tell.current.onAddress(kept.address);
      });
    return () => (ending.abort(), stop());
  }, []);

  const events = {
    onChange: ({ target }) => {
      if (target.type !== "file") return;
      take(target.files[0]);
      target.value = ""; // The same photo may be chosen again.
    },
    onSubmit: (event) => (event.preventDefault(), send(event.nativeEvent.submitter)),
    onReset: (event) => (event.preventDefault(), stop()),
    onInput: edited,
    onClick: ({ target }) => {
      const source = target.closest("[data-photo]");
      if (source) takeFrom(source.dataset);
    },
  };
  return createElement("form", { ...events, ref: form, noValidate: true }, children);
}
