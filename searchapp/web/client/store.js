/**
 * What this browser tab knows by itself: the language, how results are arranged, which pieces are
 * chosen.  None of it is needed to run a search, and all of it may be lost.
 *
 * The script of the page and the views that React draws are two bundles; both must see one store,
 * so it hangs on `globalThis`.
 */

/** Filters that leave every result in. */
export const NO_FILTERS = { category: "", from: 0, max: 0, brand: "", colour: "", stock: false };

const INITIAL = {
  lang: "ko",
  days: 7,
  history: [],
  arrange: { sort: "match", ...NO_FILTERS },
  choice: { left_out: {}, drawn: [], drawing: false, active: "" },
  share: "",
  kakao: "",
  said: {},
  again: "",
  shown: 6,
  inbox: { phase: "", messages: [] },
};

function makeStore() {
  let state = INITIAL;
  const listeners = new Set();
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Under which name `said` keeps the answer to one result. */
export const answerName = (job, item, product) => `${job}/${item}/${product}`;

export const initial = INITIAL;
export const store = (globalThis.__chalkak ??= makeStore());
