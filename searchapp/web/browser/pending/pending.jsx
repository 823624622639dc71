/** Actions that change something lasting, noted in the tab's own storage until they are answered. */
import { useEffect } from "react";
import { getClientVar, newKey, setClientVar, useClientVar } from "../client_var/client_var";

/** @type {[string, any, string]} */
const PENDING = ["pending", {}, "tab"];

/** Notes an action under its name; returns its key. */
export function noted(name, ...args) {
  const action = { key: newKey(), path: location.pathname, args };
  setClientVar(...PENDING, { ...getClientVar(...PENDING), [name]: action });
  return action.key;
}

/** What of `pending` is not among the answered keys. */
export const unanswered = (pending, answered) =>
  Object.fromEntries(Object.entries(pending).filter(([, { key }]) => !(key in answered)));

export function PendingActions({ answered, visit, onResume, onMoved }) {
  const pending = useClientVar(...PENDING);
  useEffect(() => {
    const done = Object.values(pending).find(({ key }) => key in answered);
    if (!done) return;
    setClientVar(...PENDING, unanswered(pending, answered));
    setClientVar("done", "", "browser", done.key); // Other tabs look again.
    if (answered[done.key]) onMoved(answered[done.key]);
  }, [answered]);
  useEffect(() => void (visit && onResume(unanswered(pending, answered))), [visit]);
  return null;
}
