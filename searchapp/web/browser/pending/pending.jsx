// @ts-check
/**
 * Actions that change something lasting, noted in the tab's own storage until the server has
 * answered: an event that a dying connection loses is asked for again, under the same key.
 */
import { useEffect } from "react";
import { getClientVar, setClientVar, useClientVar } from "./client_var";
import { newKey } from "./uploader";

/** @typedef {{ key: string, path: string, args: any[] }} Action */
/** @type {[string, Record<string, Action>, string]} */
const PENDING = ["pending", {}, "tab"];
const inBrowser = typeof document !== "undefined";
const otherTabs = inBrowser && "BroadcastChannel" in globalThis ? new BroadcastChannel("done") : null;

/** Notes an action under its name; returns its key. @param {string} name @param {any[]} args */
export function noted(name, ...args) {
  const key = newKey();
  const action = { key, path: location.pathname, args };
  setClientVar(...PENDING, { ...getClientVar(...PENDING), [name]: action });
  return key;
}

/** What of `pending` is not among the answered keys. @param {any} pending @param {any} answered */
export const unanswered = (pending, answered) =>
  Object.entries(pending).filter(([, { key }]) => answered[key] === undefined);

/** @param {any} props */
export function PendingActions({ answered, visit, onResume, onMoved, onDone }) {
  const pending = useClientVar(...PENDING);
  useEffect(() => {
    const left = unanswered(pending, answered);
    const moved = Object.values(pending).map(({ key }) => answered[key]).find(Boolean);
    if (left.length === Object.keys(pending).length) return;
    setClientVar(...PENDING, Object.fromEntries(left));
    otherTabs?.postMessage("");
    if (moved) onMoved?.(moved);
  }, [answered]);
  useEffect(() => {
    const here = unanswered(pending, answered).filter(([, { path }]) => path === location.pathname);
    if (visit && here.length) onResume?.(here.map(([name, { key, args }]) => ({ name, key, args })));
  }, [visit]);
  useEffect(() => {
    const done = () => onDone?.();
    otherTabs?.addEventListener("message", done);
    return () => otherTabs?.removeEventListener("message", done);
  });
  return null;
}
