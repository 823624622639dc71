// @ts-check
/** What surrounds a page in its tab: title and icon, the language, waking up, focus and scrolling. */
import { createElement, useEffect, useLayoutEffect, useRef } from "react";

const TICK = 1000;
/** Milliseconds without a tick after which the page has slept. */
const ASLEEP = 5000;
const WAKING = ["visibilitychange", "resume", "pageshow", "focus", "online"];
const AROUND = 2 * Math.PI * 26;

/** The tab's icon with a ring of `part` 0..1 around it. @param {number} part */
export function ring(part) {
  const circle = '<circle cx="32" cy="32" r="26" stroke-width="10"';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none">
    ${circle} stroke="#d9d4cb"/>${circle} stroke="#c8371b" stroke-linecap="round"
    stroke-dasharray="${part * AROUND} ${AROUND}" transform="rotate(-90 32 32)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Calls `wake` when the page is shown again, or the clock tells that it slept.
 * @param {() => void} wake @param {(offline: boolean) => void} tell */
function watch(wake, tell) {
  let ticked = Date.now();
  const tick = () => {
    const away = Date.now() - ticked;
    ticked = Date.now();
    if (away > ASLEEP) wake();
  };
  const woken = () => document.hidden || wake();
  const network = () => tell(!navigator.onLine);
  const timer = setInterval(tick, TICK);
  for (const type of WAKING) for (const at of [window, document]) at.addEventListener(type, woken);
  for (const type of ["online", "offline"]) addEventListener(type, network);
  network();
  return () => {
    clearInterval(timer);
    for (const type of WAKING) for (const at of [window, document]) at.removeEventListener(type, woken);
    for (const type of ["online", "offline"]) removeEventListener(type, network);
  };
}

/** @param {any} props */
export function Tab({ title, lang, progress = -1, onWake, onOffline }) {
  const tell = useRef(/** @type {any} */ ({}));
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
    const runs = progress >= 0;
    let ended = ran.current && !runs && document.hidden;
    ran.current = runs;
    const show = () => {
      ended &&= document.hidden;
      document.title = (runs ? `${progress}% · ` : ended ? "✓ " : "") + title;
    };
    document
      .querySelector("link[rel=icon]")
      ?.setAttribute("href", runs ? ring(progress / 100) : "/icon.svg");
    document.addEventListener("visibilitychange", show);
    show();
    return () => document.removeEventListener("visibilitychange", show);
  }, [title, progress]);
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

/** Its children; tells when a finger has brought them to the middle of the screen.
 * @param {any} props */
export function Seen({ onSeen, children, ...props }) {
  const place = useRef(/** @type {any} */ (null));
  const tell = useRef(onSeen);
  tell.current = onSeen;
  useEffect(() => {
    if (!matchMedia("(hover: none)").matches) return undefined;
    const seen = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && tell.current?.(),
      { rootMargin: "-40% 0px -40% 0px" },
    );
    seen.observe(place.current);
    return () => seen.disconnect();
  }, []);
  return createElement("section", { ...props, ref: place }, children);
}

/** @param {string} selector @returns {HTMLElement | null} */
const find = (selector) => document.querySelector(selector);

/** Moves the focus once what was set has been drawn. @param {string} selector @param {boolean} top */
export const focusOn = (selector, top) =>
  queueMicrotask(() => {
    if (top) scrollTo({ top: 0 });
    find(selector)?.focus({ preventScroll: top });
  });

/** Turns a strip by most of its width. @param {string} id @param {number} by */
export function turn(id, by) {
  const strip = document.getElementById(id);
  strip?.scrollBy({ left: by * strip.clientWidth * 0.8, behavior: "smooth" });
}
