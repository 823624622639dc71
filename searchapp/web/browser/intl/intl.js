/** Texts, money and moments as the reader's language and time zone have them. */
import { useClientVar } from "../client_var/client_var";
import texts from "./texts.json";

/** What gives the text of a key, its `{name}` places filled; nothing for a key that is not known. */
export function useTexts() {
  const at = useClientVar("lang", "ko", "browser") === "en" ? 1 : 0;
  return (key, values) => texts[key]?.[at].replace(/\{(\w+)\}/g, (_place, name) => values[name]);
}

const locale = (lang) => (lang === "en" ? "en-GB" : "ko-KR");
export const moment = (lang, at, style) => new Date(at).toLocaleString(locale(lang), style);

/** By language and style: making one takes longer than all that it writes on a page. */
const formats = {};
export const number = (lang, amount, style) =>
  (formats[lang + JSON.stringify(style)] ??= Intl.NumberFormat(locale(lang), style)).format(amount);
export const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
