// @ts-check
/** What surrounds a page in its tab: title and icon, the language, waking up, focus and scrolling. */
import { useEffect, useLayoutEffect, useRef } from "react";

const TICK = 1000;
/** Milliseconds without a tick after which the page has slept. */
const ASLEEP = 5000;
const WAKING = ["visibilitychange", "resume", "pageshow", "focus", "online"];

/** Calls `wake` when the page is shown again, or the clock tells that it slept. */
function watch(wake, tell) {
  const ending = new AbortController();
  const { signal } = ending;
  let ticked = Date.now();
  const timer = setInterval(() => {
    const away = Date.now() - ticked;
    ticked = Date.now();
    if (away > ASLEEP) wake();
  }, TICK);
  const woken = () => document.hidden || wake();
  for (const type of WAKING) {
    for (const at of [window, document]) at.addEventListener(type, woken, { signal });
  }
  const network = () => tell(!navigator.onLine);
  for (const type of ["online", "offline"]) addEventListener(type, network, { signal });
  network();
  return () => (clearInterval(timer), ending.abort());
}

export function Tab({ title, before = "", icon, lang, onWake, onOffline }) {
  const tell = useRef({});
  tell.current = { onWake, onOffline };
  const ran = useRef(false);
  useLayoutEffect(() => {
    const { documentElement: root } = document;
    // While it wakes up a page still has the language that it was built in.
    if (root.dataset.live === undefined && root.lang !== lang) return;
    root.lang = lang;
    root.dataset.live = "";
  }, [lang]);
  useEffect(() => {
    let ended = ran.current && !before && document.hidden;
    ran.current = Boolean(before);
    const show = () => {
      ended &&= document.hidden;
      document.title = before + (ended ? "✓ " : "") + title;
    };
    document.addEventListener("visibilitychange", show);
    show();
    return () => document.removeEventListener("visibilitychange", show);
  }, [title, before]);
  useEffect(() => document.querySelector("link[rel=icon]")?.setAttribute("href", icon), [icon]);
  useEffect(
    () =>
      watch(
        () => tell.current.onWake?.(),
        (offline) => tell.current.onOffline?.(offline),
      ),
    [],
  );
  return null;
}

/** Moves the focus once what was set has been drawn. */
export const focusOn = (selector, top) =>
  queueMicrotask(() => {
    if (top) scrollTo({ top: 0 });
    document.querySelector(selector)?.focus({ preventScroll: top });
  });

/** Turns a strip by most of its width. */
export function turn(id, by) {
  const strip = document.getElementById(id);
  strip?.scrollBy({ left: by * strip.clientWidth * 0.8, behavior: "smooth" });
}
