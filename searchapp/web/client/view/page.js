/**
 * What the views need beside the server's state: words, money, dates, and the tab's own store.
 * The names here are used from Python, in searchapp/web/components/vars.py.
 */
import { useSyncExternalStore } from "react";
import { TEXTS } from "$/utils/texts";
import { answerName, initial, store } from "./store";

export * from "./arrange";

/** Listens to the store; the first to do so shows that the page has woken up. */
function listen(listener) {
  document.documentElement.dataset.live = "";
  return store.subscribe(listener);
}

/** One part of the tab's store.  While the prerendered page wakes up, it has its first value. */
function usePart(name) {
  return useSyncExternalStore(
    listen,
    () => store.get()[name],
    () => initial[name],
  );
}

export const useWords = () => TEXTS[usePart("lang")] ?? TEXTS.ko;
export const useArrange = () => usePart("arrange");
export const useChoice = () => usePart("choice");
export const useDays = () => usePart("days");
export const useHistory = () => usePart("history");
export const useInbox = () => usePart("inbox");
export const useShown = () => usePart("shown");
export const useSaid = () => usePart("said");
export const useAgain = () => usePart("again");
export const useShare = () => usePart("share");
export const useKakao = () => usePart("kakao");

/** `text` with each `{name}` replaced by the value of that name. */
export function fill(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The name of a kind of clothing; a kind not known here is shown as it came. */
export const labelName = (words, label) => words[`label.${label}`] ?? label;

const locale = (words) => (words["nav.language_code"] === "en" ? "ko-KR" : "en-GB");

/** `₩39,000`.  Currencies unknown to the browser are written after the number. */
export function money(words, amount, currency) {
  if (amount === null || amount === undefined) return words["results.no_price"];
  try {
    const style = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
    return new Intl.NumberFormat(locale(words), style).format(amount);
  } catch {
    return `${amount} ${currency ?? ""}`.trim();
  }
}

/** `7일`, `7 days` or `1 day`. */
export function dayCount(words, days) {
  const style = { style: "unit", unit: "day", unitDisplay: "long" };
  return new Intl.NumberFormat(locale(words), style).format(days);
}

/** `12월 3일` or `3 December`. */
export function day(words, moment) {
  if (!moment) return "";
  const style = { month: "long", day: "numeric" };
  return new Intl.DateTimeFormat(locale(words), style).format(new Date(moment));
}

/** `12월 3일 오후 4:05`. */
export function when(words, moment) {
  if (!moment) return "";
  const style = { month: "long", day: "numeric", hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale(words), style).format(new Date(moment));
}

/** `오후 4:05` of today, `12월 2일` of any other day. */
export function ago(words, moment) {
  const then = new Date(moment);
  if (then.toDateString() !== new Date().toDateString()) return day(words, moment);
  const style = { hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale(words), style).format(then);
}

/** What was said of one result: `confirmed`, `rejected`, or nothing yet.  The tab knows best. */
export function saidOf(said, before, job, item, product) {
  const name = answerName(job, item, product);
  return said[name] ?? before?.[name] ?? "";
}

/** The name of a box of the person's own: what it was adjusted from, else its number. */
export function drawnName(words, box) {
  if (box?.label) return fill(words["choose.adjusted"], { label: labelName(words, box.label) });
  return fill(words["choose.mine"], { n: box?.number });
}

/** The name of the box in hand. */
export const activeName = (words, { drawn, active }) =>
  drawnName(words, drawn.find((box) => box.id === active));

/** How many pieces will be searched: the suggested ones not left out, and the drawn ones. */
export function chosenCount(items, choice) {
  const kept = (items ?? []).filter((item) => !choice.left_out[item.id]);
  return kept.length + choice.drawn.length;
}

/** `₩10,000 ~ ₩40,000`; an end that is missing is open. */
export function priceRange(words, low, high, currency) {
  const end = (amount) => (amount === undefined ? "" : money(words, amount, currency));
  return `${end(low)} ~ ${end(high)}`.trim();
}

/** What a search is narrowed down to: the name of each filter, and its words. */
export function filterChips(words, filters) {
  const { category, brand, colour, priceFrom, priceTo, currency, inStock } = filters ?? {};
  const bounded = priceFrom !== undefined || priceTo !== undefined;
  return [
    { name: "category", text: category && labelName(words, category) },
    { name: "price", text: bounded && priceRange(words, priceFrom, priceTo, currency) },
    { name: "colour", text: colour && (words[`colour.${colour}`] ?? colour) },
    { name: "brand", text: brand },
    { name: "inStock", text: inStock && words["results.in_stock"] },
  ].filter(({ text }) => text);
}

/** What stands after the last slash of a link. */
export const lastPart = (link) => (link ?? "").split("/").pop();
