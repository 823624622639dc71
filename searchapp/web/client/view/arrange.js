/**
 * Which results a tab shows, and in which order.  Prices are compared inside one currency only:
 * the one that most results have.
 */

const allResults = (items) => (items ?? []).flatMap((item) => item.results ?? []);

/** Whether a result has a price in `currency`. */
const priced = (result, currency) => result.price !== null && result.currency === currency;

/** The currency that most priced results have; the first one found of several that tie. */
export function mainCurrency(items) {
  const counts = new Map();
  for (const { price, currency } of allResults(items)) {
    if (price !== null && currency) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? "KRW";
}

/** Whether some results have another price than in that currency: a price filter leaves them out. */
export function mixed(items) {
  const currency = mainCurrency(items);
  return allResults(items).some((result) => !priced(result, currency));
}

const SIGNS = { price: 1, price_down: -1 };

/** By price; what has none in this currency comes after, best match first as the server has it. */
function ordered(results, sort, currency) {
  const sign = SIGNS[sort];
  if (!sign) return results;
  const inside = results.filter((result) => priced(result, currency));
  const others = results.filter((result) => !priced(result, currency));
  return [...inside.sort((a, b) => sign * (a.price - b.price)), ...others];
}

const same = (one, other) => one.trim().toLowerCase() === other.trim().toLowerCase();

function passes(result, { category, from, max, brand, colour, stock }, currency) {
  const bounded = from || max;
  if (bounded && !priced(result, currency)) return false;
  if (from && result.price < from) return false;
  if (max && result.price > max) return false;
  if (brand && !same(result.brand, brand)) return false;
  if (category && result.kind !== category) return false;
  if (colour && result.colour !== colour) return false;
  return !(stock && result.sold_out);
}

/**
 * The results that the person wants to see, in the order they asked for.
 *
 * Only the first `most` of them are drawn until somebody turns to them.
 */
export function arranged(results, arrange, currency, most) {
  const left = (results ?? []).filter((result) => passes(result, arrange, currency));
  return ordered(left, arrange.sort, currency).slice(0, most);
}

/** How many filters are on; both ends of a price are one. */
export const narrowed = ({ category, from, max, brand, colour, stock }) =>
  [category, from || max, brand, colour, stock].filter(Boolean).length;

/** Whether some result says `slug` under `name`. */
export const some = (items, name, slug) =>
  allResults(items).some((result) => result[name] === slug);

/** Every brand among the results, each once, in the alphabet's order. */
export const brands = (items) =>
  [...new Set(allResults(items).map(({ brand }) => brand).filter(Boolean))].sort((a, b) =>
    a.localeCompare(b),
  );

/** Three round prices that part the results into quarters: quick upper ends of the price. */
export function priceSteps(items) {
  const currency = mainCurrency(items);
  const inside = allResults(items).filter((result) => priced(result, currency));
  const prices = inside.map((result) => result.price).filter((price) => price > 0);
  prices.sort((a, b) => a - b);
  if (prices.length < 4) return [];
  const round = (price) => {
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(price)) - 1);
    return Math.ceil(price / unit) * unit;
  };
  const steps = [0.25, 0.5, 0.75].map((part) => round(prices[Math.floor(prices.length * part)]));
  return [...new Set(steps)];
}
