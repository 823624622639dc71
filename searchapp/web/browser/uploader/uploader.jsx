// @ts-check
/**
 * A form that sends one photo, and goes on until it is stored.
 *
 * Its children are plain elements: file inputs, fields, buttons.  A submit sends the photo with the
 * form's fields; a second one, while it waits, tries at once; a reset gives up.
 */
import { createElement, useEffect, useRef } from "react";
import { complete, edited } from "./form";
import { forgetPhoto, keepPhoto, keptPhoto } from "./kept";
import { prepared } from "./picture";

const WAITS = [2, 4, 8, 15, 30];
const TIMEOUT = 120_000;
const LARGEST = 15 * 1024 * 1024;
const COMES_BACK = new Set([0, 502, 503, 504]);

export const newKey = () =>
  crypto.randomUUID?.() ??
  [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

/** `{ status, body, later }`; status 0 when nothing came back, -1 when it was given up.
 * @param {string} action @param {FormData} form @param {string} key
 * @param {(percent: number) => void} onProgress @param {AbortSignal} signal
 * @returns {Promise<any>} */
function post(action, form, key, onProgress, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", action);
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.timeout = TIMEOUT;
    request.upload.onprogress = (e) => e.lengthComputable && onProgress(Math.round((100 * e.loaded) / e.total));
    request.onload = () => {
      const later = Number(request.getResponseHeader("Retry-After")) || 0;
      resolve({ status: request.status, body: request.response, later });
    };
    request.onerror = request.ontimeout = () => resolve({ status: 0 });
    request.onabort = () => resolve({ status: -1 });
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Waits no longer than until the network is back, or the person says "now", or gives up.
 * @param {number} seconds @param {any} work @returns {Promise<void>} */
export function pause(seconds, work) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    addEventListener("online", end);
    work.abort.signal.addEventListener("abort", end);
    work.now = end;
  });
}

/** The form's fields that say something, and the key of exactly these with this photo.
 * @param {HTMLFormElement} form @param {HTMLElement | null} submitter @param {any} work */
function asked(form, submitter, work) {
  const data = new FormData(form, submitter);
  for (const [name, value] of [...data]) if (value instanceof File || !value) data.delete(name);
  const key = (work.keys[JSON.stringify([...data])] ??= newKey());
  return { data, key };
}

/** @param {any} props */
export function PhotoUploader({ action, children, ...rest }) {
  const { onChosen, onUnseen, onProgress, onUnsaved, onStored, onRefused, onStopped, ...others } = rest;
  const { onOver, onAddress, onFailedSample, ...props } = others;
  const form = useRef(/** @type {any} */ (null));
  const work = useRef(/** @type {any} */ ({ file: null, keys: {}, abort: null })).current;
  const tell = useRef(/** @type {any} */ ({}));
  tell.current = { ...rest };

  /** @param {File | undefined} file @param {Record<string, string>} keys */
  const take = async (file, keys = {}) => {
    if (!file || work.abort) return;
    URL.revokeObjectURL(work.url);
    Object.assign(work, { file, keys, ready: prepared(file), url: URL.createObjectURL(file) });
    tell.current.onChosen?.(work.url);
    keepPhoto(file, keys);
    if ((await work.ready) || work.file !== file) return;
    work.file = null;
    forgetPhoto();
    tell.current.onRefused?.("not_a_photo", "");
  };

  /** @param {string} address */
  const fetched = async (address) => {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return tell.current.onFailedSample?.();
    take(new File([await answer.blob()], "sample.jpg"));
  };

  /** @param {any} answer @param {string} thumb */
  const settle = ({ status, body }, thumb) => {
    if (status === 202 && body?.jobId) {
      work.file = null;
      forgetPhoto();
      return tell.current.onStored?.(body.jobId, thumb);
    }
    const code = { 413: "too_large", 429: "too_many" }[status] ?? "failed";
    const said = code === "failed" && body?.error?.message;
    tell.current.onRefused?.(said ? "said" : code, said || "");
  };

  /** @param {HTMLElement | null} submitter */
  const send = async (submitter) => {
    if (work.abort) return work.now?.();
    if (!work.file || !complete(form.current)) return;
    const { data, key } = asked(form.current, submitter, work);
    keepPhoto(work.file, work.keys);
    work.abort = new AbortController();
    const { signal } = work.abort;
    tell.current.onProgress?.(0);
    const { blob, name, thumb } = await work.ready;
    data.append("image", blob, name);
    let answer = { status: blob.size > LARGEST ? 413 : 0, later: 0, body: null };
    for (let tries = 0; !signal.aborted && answer.status === 0; tries += 1) {
      answer = await post(action, data, key, (percent) => tell.current.onProgress?.(percent), signal);
      if (!COMES_BACK.has(answer.status)) break;
      tell.current.onUnsaved?.();
      await pause(Math.min(answer.later || WAITS[Math.min(tries, WAITS.length - 1)], 30), work);
      answer = { status: 0, later: 0, body: null };
    }
    work.abort = work.now = null;
    if (signal.aborted) return tell.current.onStopped?.();
    settle(answer, thumb);
  };

  useEffect(() => {
    /** @param {any} transfer @param {Event} event */
    const given = (transfer, event) => {
      const [file] = transfer?.files ?? [];
      const text = transfer?.getData("text/uri-list") || transfer?.getData("text/plain") || "";
      if (!file && !/^https?:\/\/\S+$/i.test(text)) return;
      event.preventDefault();
      if (file) take(file);
      else tell.current.onAddress?.(text);
    };
    let inside = 0;
    /** @param {number} change */
    const over = (change) => tell.current.onOver?.((inside = Math.max(0, inside + change)) > 0);
    /** @type {Record<string, (event: any) => void>} */
    const events = {
      dragenter: (event) => (event.preventDefault(), over(1)),
      dragleave: () => over(-1),
      dragover: (event) => event.preventDefault(),
      drop: (event) => (event.preventDefault(), over(-inside), given(event.dataTransfer, event)),
      paste: (event) => event.target.closest?.("input") || given(event.clipboardData, event),
    };
    for (const [name, listen] of Object.entries(events)) addEventListener(name, listen);
    // A photo that was chosen before this component was awake, or that a killed tab left behind.
    const inputs = /** @type {HTMLInputElement[]} */ ([...form.current.querySelectorAll("[type=file]")]);
    const early = inputs.find((input) => input.files?.length);
    if (early) take(early.files?.[0]);
    else keptPhoto().then((kept) => kept && !work.file && take(kept.file, kept.keys));
    return () => {
      for (const [name, listen] of Object.entries(events)) removeEventListener(name, listen);
      work.abort?.abort();
    };
  }, []);

  const events = {
    /** @param {any} event */
    onChange: ({ target }) => {
      if (target.type !== "file") return;
      take(target.files[0]);
      target.value = ""; // The same photo may be chosen again.
    },
    /** @param {any} event */
    onSubmit: (event) => (event.preventDefault(), send(event.nativeEvent.submitter)),
    /** @param {Event} event */
    onReset: (event) => (event.preventDefault(), work.abort?.abort()),
    /** @param {any} event */
    onInput: (event) => event.target.type !== "file" && edited(event),
    /** @param {any} event */
    onClick: ({ target }) => {
      const sample = target.closest("[data-photo]");
      if (sample) fetched(sample.dataset.photo);
    },
    /** A picture that cannot be shown. @param {any} event */
    onErrorCapture: ({ target }) => target.src === work.url && tell.current.onUnseen?.(),
  };
  return createElement("form", { ...props, ...events, ref: form, noValidate: true }, children);
}
