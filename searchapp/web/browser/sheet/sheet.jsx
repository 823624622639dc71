/** The browser's own modal dialog, open as a prop says. */
import { createElement, useEffect, useRef } from "react";

export function Sheet({ open, onClosed, children, ...props }) {
  const dialog = useRef(null);
  // The stylesheet shows and hides it by `data-shown` at once.  That it is modal makes the rest of the
  // page inert, which styles it anew: once the tap is answered on the screen.  The browser gives the
  // focus back to what had it at that moment, so that a Tab meanwhile is undone.
  useEffect(() => {
    const { activeElement: opener } = /** @type {any} */ (document);
    const settle = () => (open && opener.focus(), dialog.current?.[open ? "showModal" : "close"]());
    requestAnimationFrame(() => setTimeout(settle));
  }, [open]);
  const onClick = (event) => event.target === dialog.current && onClosed();
  return createElement("dialog", { ...props, onClick, onClose: onClosed, ref: dialog }, children);
}
