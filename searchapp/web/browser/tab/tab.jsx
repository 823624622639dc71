/** What surrounds a page in its tab: title and icon, the language, waking up, focus and scrolling. */
import { useEffect, useLayoutEffect, useRef } from "react";

/** Milliseconds without a tick after which the page has slept. */
const ASLEEP = 5000;
/** `storage`: another tab of this browser has done something. */
const CHANGES = ["visibilitychange", "resume", "pageshow", "online", "offline", "storage"];

export function Tab({ title, icon, lang, ...told }) {
  const tell = useRef(told);
  useLayoutEffect(() => {
    tell.current = told;
    document.title = title;
    document.querySelector("link[rel=icon]")?.setAttribute("href", icon);
    const { documentElement: root } = document;
    // While it wakes up a page still has the language that it was built in.
    if (!("live" in root.dataset) && root.lang !== lang) return;
    root.dataset.live = "";
    // Another language styles every element anew: once what the tap has changed is on the screen.
    requestAnimationFrame(() => setTimeout(Object.assign, 0, root, { lang }));
  });
  useEffect(() => {
    // Some of what it listens to is the document's; all passes by the window on its way.
    const ending = Object.assign(new AbortController(), { capture: true });
    let ticked = Date.now();
    const timer = setInterval(() => {
      if (Date.now() - ticked > ASLEEP) tell.current.onWake?.();
      ticked = Date.now();
    }, 1000);
    const look = (event) => {
      tell.current.onLook(document.hidden, navigator.onLine);
      if (event && event.type !== "offline" && !document.hidden) tell.current.onWake?.();
    };
    for (const change of CHANGES) addEventListener(change, look, ending);
    look();
    return () => (clearInterval(timer), ending.abort());
  }, []);
  return null;
}

/** Moves the focus once what was set has been drawn; `lost`: only if it is nowhere. */
export const focusOn = (selector, top, lost) =>
  queueMicrotask(() => {
    if (lost && document.activeElement !== document.body) return;
    if (top) scrollTo({ top: 0 });
    document.querySelector(selector)?.focus({ preventScroll: top || lost });
  });

/** Turns a strip by most of its width. */
export function turn(id, by) {
  const strip = document.getElementById(id);
  strip?.scrollBy({ left: by * strip.clientWidth * 0.8, behavior: "smooth" });
}
