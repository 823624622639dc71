// @ts-check
/**
 * A form that sends one photo, and goes on until it is stored.
 *
 * Its children are plain elements: file inputs, fields, buttons.  A submit sends the photo with the
 * form's fields; a second one, while it waits, tries at once; a reset gives up.
 */
import { createElement, useEffect, useRef } from "react";
import { complete, edited } from "../form/form";
import { forgetPhoto, keepPhoto, keptPhoto } from "./kept";
import { prepared } from "./picture";

const WAITS = [2, 4, 8, 15, 30];
const TIMEOUT = 120_000;
const LARGEST = 15 * 1024 * 1024;
const COMES_BACK = new Set([0, 502, 503, 504]);
const REFUSALS = { 413: "too_large", 429: "too_many" };

/** `crypto.randomUUID` is not there on plain http. */
export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((n) => n.toString(16).padStart(2, "0"))
    .join("");

/** `{ status, body, later }`; status 0 when nothing came back, -1 when it was given up. */
const post = (action, form, key, onProgress, signal) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", action);
    request.setRequestHeader("Idempotency-Key", key);
    Object.assign(request, { responseType: "json", timeout: TIMEOUT });
    request.upload.onprogress = ({ lengthComputable, loaded, total }) =>
      lengthComputable && onProgress(Math.round((100 * loaded) / total));
    request.onloadend = () => {
      const later = Number(request.getResponseHeader("Retry-After")) || 0;
      resolve({ status: signal.aborted ? -1 : request.status, body: request.response, later });
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });

/** Waits no longer than until the network is back, or the person says "now", or gives up. */
export const pause = (seconds, work) =>
  new Promise((resolve) => {
    work.now = resolve;
    setTimeout(resolve, seconds * 1000);
    addEventListener("online", resolve, { once: true });
    work.abort.signal.addEventListener("abort", resolve);
  });

/** The form's fields that say something, and the key of exactly these with this photo. */
function asked(form, submitter, keys) {
  const data = new FormData(form, submitter);
  for (const [name, value] of [...data]) if (value instanceof File || !value) data.delete(name);
  return [data, (keys[JSON.stringify([...data])] ??= newKey())];
}

export function PhotoUploader({ action, children, ...rest }) {
  const { onChosen, onUnseen, onProgress, onUnsaved, onStored, onRefused, onStopped, ...others } =
    rest;
  const { onOver, onAddress, onFailedSample, ...props } = others;
  const form = useRef(null);
  const work = useRef({ file: null, keys: {}, abort: null }).current;
  const tell = useRef({});
  tell.current = rest;

  const take = async (file, keys = {}) => {
    if (!file || work.abort) return;
    URL.revokeObjectURL(work.url);
    Object.assign(work, { file, keys, ready: prepared(file), url: URL.createObjectURL(file) });
    tell.current.onChosen(work.url);
    keepPhoto(file, keys);
    if ((await work.ready) || work.file !== file) return;
    work.file = null;
    forgetPhoto();
    tell.current.onRefused("not_a_photo", "");
  };

  const takeSample = async (address) => {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) take(new File([await answer.blob()], "sample.jpg"));
    else tell.current.onFailedSample();
  };

  const settle = ({ status, body = null }, thumb) => {
    if (status === 202 && body?.jobId) {
      work.file = null;
      forgetPhoto();
      return tell.current.onStored(body.jobId, thumb);
    }
    const said = REFUSALS[status] ? "" : (body?.error?.message ?? "");
    return tell.current.onRefused(REFUSALS[status] ?? (said ? "said" : "failed"), said);
  };

  const send = async (submitter) => {
    if (work.abort) return work.now?.();
    if (!work.file || !complete(form.current)) return undefined;
    const [data, key] = asked(form.current, submitter, work.keys);
    keepPhoto(work.file, work.keys);
    work.abort = new AbortController();
    const { signal } = work.abort;
    tell.current.onProgress(0);
    const { blob, name, thumb } = await work.ready;
    data.append("image", blob, name);
    let answer = { status: blob.size > LARGEST ? 413 : 0 };
    for (let tries = 0; !signal.aborted && COMES_BACK.has(answer.status); tries += 1) {
      if (tries > 0) {
        tell.current.onUnsaved();
        await pause(Math.min(answer.later || (WAITS[tries - 1] ?? 30), 30), work);
        if (signal.aborted) break;
      }
      answer = await post(action, data, key, (part) => tell.current.onProgress(part), signal);
    }
    work.abort = work.now = null;
    return signal.aborted ? tell.current.onStopped() : settle(answer, thumb);
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
    let inside = 0;
    const over = (change) => tell.current.onOver((inside = Math.max(0, inside + change)) > 0);
    const events = {
      dragenter: (event) => (event.preventDefault(), over(1)),
      dragleave: () => over(-1),
      dragover: (event) => event.preventDefault(),
      drop: (event) => (event.preventDefault(), over(-inside), given(event.dataTransfer, event)),
      paste: (event) => event.target.closest?.("input") || given(event.clipboardData, event),
    };
    for (const [name, listen] of Object.entries(events)) addEventListener(name, listen, ending);
    // A photo that was chosen before this component was awake, or that a killed tab left behind.
    const early = [...form.current.querySelectorAll("[type=file]")].find(
      ({ files }) => files.length,
    );
    if (early) take(early.files[0]);
    else keptPhoto().then((kept) => kept && !work.file && take(kept.file, kept.keys));
    return () => (ending.abort(), work.abort?.abort());
  }, []);

  const events = {
    onChange: ({ target }) => {
      if (target.type !== "file") return;
      take(target.files[0]);
      target.value = ""; // The same photo may be chosen again.
    },
    onSubmit: (event) => (event.preventDefault(), send(event.nativeEvent.submitter)),
    onReset: (event) => (event.preventDefault(), work.abort?.abort()),
    onInput: (event) => event.target.type !== "file" && edited(event),
    onClick: ({ target }) => {
      const { photo } = target.closest("[data-photo]")?.dataset ?? {};
      if (photo) takeSample(photo);
    },
    onErrorCapture: ({ target }) => target.src === work.url && tell.current.onUnseen(),
  };
  return createElement("form", { ...props, ...events, ref: form, noValidate: true }, children);
}
