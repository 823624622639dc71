// @ts-check
/** The browser's own modal dialog, open as a prop says. */
import { createElement, useEffect, useRef } from "react";

/** @param {any} props */
export function Sheet({ open, onClosed, children, ...props }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const { current } = dialog;
    if (open && !current?.open) current?.showModal();
    if (!open && current?.open) current.close();
  }, [open]);
  /** @param {MouseEvent} event */
  const press = (event) => event.target === dialog.current && dialog.current?.close();
  return createElement("dialog", { ...props, ref: dialog, onClose: onClosed, onClick: press }, children);
}
