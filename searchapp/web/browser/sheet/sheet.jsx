// @ts-check
/** The browser's own modal dialog, open as a prop says. */
import { createElement, useEffect, useRef } from "react";

export function Sheet({ open, onClosed, children, ...props }) {
  const dialog = useRef(null);
  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
    if (!open && dialog.current.open) dialog.current.close();
  }, [open]);
  const press = (event) => event.target === dialog.current && dialog.current.close();
  return createElement(
    "dialog",
    { ...props, ref: dialog, onClose: onClosed, onClick: press },
    children,
  );
}
