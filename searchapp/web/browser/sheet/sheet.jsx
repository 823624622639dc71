/** The browser's own modal dialog, open as a prop says. */
import { createElement, useEffect, useRef } from "react";

export function Sheet({ open, onClosed, children, ...props }) {
  const dialog = useRef(null);
  useEffect(() => (open ? dialog.current.showModal() : dialog.current.close()), [open]);
  const onClick = (event) => event.target === dialog.current && dialog.current.close();
  return createElement("dialog", { ...props, onClick, onClose: onClosed, ref: dialog }, children);
}
