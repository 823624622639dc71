/** The phone field: how a number is shown while it is typed, and when it may be sent. */
import { find, mark, on } from "./dom.js";

/** `01012345678` as Koreans write it; anything else stays as it was typed. */
export function spaced(text) {
  const digits = text.replace(/[^\d]/g, "");
  if (!/^01/.test(digits) || text.trim().startsWith("+")) return text;
  const parts = [digits.slice(0, 3), digits.slice(3, -4), digits.slice(-4)];
  if (digits.length <= 3) return digits;
  if (digits.length <= 7) return `${parts[0]}-${digits.slice(3)}`;
  return digits.length > 11 ? text : parts.join("-");
}

const plausible = (text) => {
  const digits = text.replace(/\D/g, "");
  return digits.length >= 9 && digits.length <= 15;
};

/** Shows what is wrong with the number (`bad`, `consent`) or nothing (null). */
export function complain(field, wrong) {
  mark(field, "data-wrong", wrong);
  const input = find("[data-phone-input]", field);
  mark(input, "aria-invalid", wrong === "bad" ? "true" : null);
  if (wrong === "bad") input.focus();
  if (wrong === "consent") find("[data-consent]", field).focus();
}

/**
 * The number and consent of the field inside `root`: `{ phone, consent }`, phone "" when none was
 * typed, or null when something is missing, which is then said beside the field.
 */
export function phoneOf(root) {
  const field = find("[data-phone]", root);
  if (!field) return { phone: "", consent: false };
  const phone = find("[data-phone-input]", field).value.trim();
  const consent = find("[data-consent]", field).checked;
  if (!phone) return { phone: "", consent: false };
  const wrong = plausible(phone) ? (consent ? null : "consent") : "bad";
  complain(field, wrong);
  return wrong ? null : { phone, consent };
}

export function startPhones() {
  on("input", "[data-phone-input]", (input) => {
    const atEnd = input.selectionStart === input.value.length;
    const better = spaced(input.value);
    if (atEnd && better !== input.value) input.value = better;
    mark(input.closest("[data-phone]"), "data-wrong", null);
    mark(input, "aria-invalid", null);
  });
  on("change", "[data-consent]", (box) => mark(box.closest("[data-phone]"), "data-wrong", null));
}
