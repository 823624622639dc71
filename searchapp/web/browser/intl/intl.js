// @ts-check
/** Money and moments as the reader's language and time zone have them. */
const locale = (lang) => (lang === "en" ? "en-GB" : "ko-KR");

/** A moment in a style of `Intl.DateTimeFormat`; empty without one. */
export const moment = (lang, at, style) =>
  at ? new Date(at).toLocaleString(locale(lang), style) : "";
export const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString();

/** A number in a style of `Intl.NumberFormat`; after it a currency that the browser does not know. */
export function number(lang, amount, style) {
  if (amount === null || amount === undefined || amount === "") return "";
  try {
    return Number(amount).toLocaleString(locale(lang), style);
  } catch {
    return `${amount} ${style.currency}`.trim();
  }
}
