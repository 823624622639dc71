// @ts-check
/** Money and moments as the reader's language and time zone have them. */
const locale = (lang) => (lang === "en" ? "en-GB" : "ko-KR");
const dated = (style) => (lang, moment) =>
  moment ? new Intl.DateTimeFormat(locale(lang), style).format(new Date(moment)) : "";
const DAY = { month: "long", day: "numeric" };
const TIME = { hour: "numeric", minute: "2-digit" };

export const day = dated(DAY);
export const dayAndTime = dated({ ...DAY, ...TIME });
/** The time of a moment of today, the day of any other. */
export const ago = (lang, moment) =>
  dated(new Date(moment).toDateString() === new Date().toDateString() ? TIME : DAY)(lang, moment);
export const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString();

const number = (lang, style, amount) => new Intl.NumberFormat(locale(lang), style).format(amount);
export const dayCount = (lang, days) =>
  number(lang, { style: "unit", unit: "day", unitDisplay: "long" }, days);

/** A currency that the browser does not know is written after the number. */
export function money(lang, amount, currency) {
  if (amount === null || amount === undefined || amount === "") return "";
  try {
    return number(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol" }, amount);
  } catch {
    return `${amount} ${currency ?? ""}`.trim();
  }
}
