/** Small helpers for a document that React may redraw at any time. */

const acts = new Map();

/** Calls `handler(element, event)` when an element with `data-act="name"` is pressed. */
export function onAct(name, handler) {
  acts.set(name, handler);
}

document.addEventListener("click", (event) => {
  const element = event.target.closest?.("[data-act]");
  const handler = element && acts.get(element.dataset.act);
  if (handler && !element.disabled) handler(element, event);
});

/** Listens on the whole document for `type` on elements that match `selector`. */
export function on(type, selector, handler) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handler(element, event);
  });
}

export const find = (selector, root = document) => root.querySelector(selector);
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

const watch = (react) =>
  new MutationObserver(react).observe(document.body, { childList: true, subtree: true });

/** Runs `react` now and each time elements have come or gone, before anybody can press them. */
export function onChange(react) {
  watch(react);
  react();
}

/** Runs `render` whenever elements come or go, at most once a frame. */
export function onRedraw(render) {
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      render();
    });
  };
  watch(soon);
  render();
}

/**
 * Moves the focus to `selector` once what the store was told has been drawn: what had the focus may
 * be gone then.  React draws such a change before the press that made it has ended, so this waits
 * no longer either: in a later frame it would take the focus from where the person has gone since.
 */
export const focusDrawn = (selector) => queueMicrotask(() => find(selector)?.focus());

/** Calls `handler` each time another page of the site is shown without loading it anew. */
export function onOtherPage(handler) {
  let shown = location.pathname;
  onRedraw(() => {
    if (location.pathname === shown) return;
    shown = location.pathname;
    handler();
  });
}

/** Sets an attribute only when it changes, so that observers stay quiet. */
export function mark(element, name, value) {
  if (!element) return;
  if (value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

let fading;

/** Shows a short sentence for a moment; screen readers hear it too. */
export function say(sentence) {
  const toast = find("[data-toast]");
  if (!toast || !sentence) return;
  toast.textContent = sentence;
  mark(toast, "data-on", "");
  clearTimeout(fading);
  fading = setTimeout(() => mark(toast, "data-on", null), 3000);
}

const GOING = "going";

/**
 * Goes to another page of this site without loading it anew, if the page can do that already.
 *
 * Where it goes is written down first: should the page's parts be replaced by a newer build just
 * now, the router loads the current page again, and `arrive` goes on from there.
 */
export function go(path) {
  const router = globalThis.__reactRouterDataRouter;
  if (!router?.navigate || document.documentElement.dataset.live === undefined) {
    location.assign(path);
    return;
  }
  try {
    sessionStorage.setItem(GOING, path);
  } catch {
    // Without storage only that rare case is lost.
  }
  router.navigate(path).finally(() => location.pathname === path && forgetGoing());
}

function forgetGoing() {
  try {
    sessionStorage.removeItem(GOING);
  } catch {
    // There was nothing to forget.
  }
}

/** Finishes a way that was cut off by loading the page anew. */
export function arrive() {
  let path = null;
  try {
    path = sessionStorage.getItem(GOING);
  } catch {
    return;
  }
  forgetGoing();
  if (path && path.startsWith("/results/") && location.pathname !== path) location.replace(path);
}

/** Loads the code of the results page ahead of time, so that going there needs no network. */
export function warmUp() {
  const routes = Object.values(globalThis.__reactRouterManifest?.routes ?? {});
  const next = routes.find(({ path }) => path?.startsWith("results/"));
  if (next) import(next.module).catch(() => {});
}
