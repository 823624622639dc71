// @ts-check
/** A form that says what is missing in our words, and writes phone numbers as Koreans do. */
import { createElement, useRef } from "react";

/** `01012345678` as `010-1234-5678`; anything else stays as it was typed. @param {string} text */
export function spaced(text) {
  const digits = text.replace(/\D/g, "");
  if (!/^01/.test(digits) || text.trim().startsWith("+") || digits.length > 11) return text;
  if (digits.length <= 3) return digits;
  if (digits.length <= 7) return `${digits.slice(0, 3)}-${digits.slice(3)}`;
  return `${digits.slice(0, 3)}-${digits.slice(3, -4)}-${digits.slice(-4)}`;
}

/** Whether all is there; else the form is marked and the focus goes to what is not.
 * A box with `data-with` is required once the field of that name is filled.
 * @param {HTMLFormElement} form */
export function complete(form) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-with]"));
  for (const box of boxes) {
    const other = form.elements.namedItem(box.dataset.with ?? "");
    box.required = other instanceof HTMLInputElement && other.value.trim() !== "";
  }
  const wrong = /** @type {HTMLInputElement | null} */ (form.querySelector("input:invalid"));
  form.toggleAttribute("data-tried", wrong !== null);
  wrong?.setAttribute("aria-invalid", "true");
  wrong?.focus();
  return wrong === null;
}

/** What typing changes: a number is spaced, and what was wrong is not said on. @param {any} event */
export function edited({ target }) {
  const atEnd = target.selectionStart === target.value.length;
  if (target.type === "tel" && atEnd) target.value = spaced(target.value);
  target.removeAttribute("aria-invalid");
  target.form?.removeAttribute("data-tried");
}

/** @param {any} props */
export function CheckedForm({ onSent, children, ...props }) {
  const form = useRef(/** @type {any} */ (null));
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (complete(form.current)) onSent?.(Object.fromEntries(new FormData(form.current)));
  };
  const events = { onSubmit: submit, onInput: edited };
  return createElement("form", { ...props, ...events, ref: form, noValidate: true }, children);
}
