// @ts-check
/** Actions that change something lasting, noted in the tab's own storage until they are answered. */
import { useEffect } from "react";
import { getClientVar, setClientVar, useClientVar } from "../client_var/client_var";
import { newKey } from "../uploader/uploader";

/** @type {[string, any, string]} */
const PENDING = ["pending", {}, "tab"];
const tabs =
  globalThis.document && "BroadcastChannel" in globalThis ? new BroadcastChannel("done") : null;

/** Notes an action under its name; returns its key. */
export function noted(name, ...args) {
  const action = { key: newKey(), path: location.pathname, args };
  setClientVar(...PENDING, { ...getClientVar(...PENDING), [name]: action });
  return action.key;
}

/** What of `pending` is not among the answered keys. */
export const unanswered = (pending, answered) =>
  Object.entries(pending).filter(([, { key }]) => answered[key] === undefined);

export function PendingActions({ answered, visit, onResume, onMoved, onDone }) {
  const pending = useClientVar(...PENDING);
  const left = unanswered(pending, answered);
  useEffect(() => {
    const moved = Object.values(pending)
      .map(({ key }) => answered[key])
      .find(Boolean);
    if (left.length === Object.keys(pending).length) return;
    setClientVar(...PENDING, Object.fromEntries(left));
    tabs?.postMessage("");
    if (moved) onMoved?.(moved);
  }, [answered]);
  useEffect(() => {
    const here = left.filter(([, { path }]) => path === location.pathname);
    if (visit && here.length)
      onResume?.(here.map(([name, { key, args }]) => ({ name, key, args })));
  }, [visit]);
  useEffect(() => {
    const done = () => onDone?.();
    tabs?.addEventListener("message", done);
    return () => tabs?.removeEventListener("message", done);
  });
  return null;
}
