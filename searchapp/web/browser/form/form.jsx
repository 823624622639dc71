/** A form that says what is missing in our words, and writes phone numbers as Koreans do. */
import { createElement } from "react";

/** `01012345678` as `010-1234-5678`; anything else stays as it was typed. */
export function spaced(text) {
  const digits = text.replace(/\D/g, "");
  if (!/^01\d{0,9}$/.test(digits) || /^\s*\+/.test(text)) return text;
  return digits.replace(/^(\d{3})(\d+?)(\d{4})?$/, "$1-$2-$3").replace(/-$/, "");
}

/** Whether all is there; else the form is marked and the focus goes to what is not. */
export function complete(form) {
  for (const box of form.querySelectorAll("[data-with]"))
    box.required = Boolean(form.elements.namedItem(box.dataset.with)?.value.trim());
  const wrong = form.querySelector("input:invalid");
  form.toggleAttribute("data-tried", wrong !== null);
  wrong?.setAttribute("aria-invalid", "true");
  wrong?.focus();
  return wrong === null;
}

/** What typing changes: a number is spaced, and what was wrong is no longer said. */
export function edited({ target }) {
  const atEnd = target.type === "tel" && target.selectionStart === target.value.length;
  if (atEnd) target.value = spaced(target.value);
  target.removeAttribute("aria-invalid");
  target.form?.removeAttribute("data-tried");
}

export function CheckedForm({ onSent, children, ...props }) {
  const onSubmit = (event) => {
    event.preventDefault();
    if (complete(event.target)) onSent(Object.fromEntries(new FormData(event.target)));
  };
  return createElement("form", { ...props, onSubmit, onInput: edited }, children);
}
