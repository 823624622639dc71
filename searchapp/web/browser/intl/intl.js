// @ts-check
/** Money and moments as the reader's language and time zone have them. */

/** @param {string} lang */
const locale = (lang) => (lang === "en" ? "en-GB" : "ko-KR");

/** @param {Intl.DateTimeFormatOptions} style @returns {(lang: string, moment: any) => string} */
const dated = (style) => (lang, moment) =>
  moment ? new Intl.DateTimeFormat(locale(lang), style).format(new Date(moment)) : "";

/** `12월 3일` or `3 December`. */
export const day = dated({ month: "long", day: "numeric" });
/** `12월 3일 오후 4:05`. */
export const dayAndTime = dated({ month: "long", day: "numeric", hour: "numeric", minute: "2-digit" });
const time = dated({ hour: "numeric", minute: "2-digit" });

/** The time of a moment of today, the day of any other. @param {string} lang @param {any} moment */
export function ago(lang, moment) {
  const today = new Date(moment).toDateString() === new Date().toDateString();
  return (today ? time : day)(lang, moment);
}

/** `7일`, `7 days` or `1 day`. @param {string} lang @param {number} days */
export const dayCount = (lang, days) =>
  new Intl.NumberFormat(locale(lang), { style: "unit", unit: "day", unitDisplay: "long" }).format(days);

/** `₩39,000`; a currency that the browser does not know is written after the number.
 * @param {string} lang @param {any} amount @param {string} currency */
export function money(lang, amount, currency) {
  if (amount === null || amount === undefined || amount === "") return "";
  try {
    const style = /** @type {const} */ ({ style: "currency", currency, currencyDisplay: "narrowSymbol" });
    return new Intl.NumberFormat(locale(lang), style).format(amount);
  } catch {
    return `${amount} ${currency ?? ""}`.trim();
  }
}

/** A moment so many days ago, in an order that texts have. @param {number} days */
export const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
