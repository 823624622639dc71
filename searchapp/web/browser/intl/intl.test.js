import { expect, mock, test } from "bun:test";

mock.module("./texts.json", () => ({ default: { find: ["{n}개 찾기", "Find {n}"] } }));
const { daysAgo, moment, number, useTexts } = await import("./intl");
const { setClientVar } = await import("../client_var/client_var");

const DAY = { month: "long", day: "numeric" };
const money = (currency) => ({ style: "currency", currency, currencyDisplay: "narrowSymbol" });
const DAYS = { style: "unit", unit: "day", unitDisplay: "long" };

test("number: in the reader's way", () => {
  expect(number("ko", 39000, money("KRW"))).toBe("₩39,000");
  expect(number("en", "1299.5", money("USD"))).toBe("$1,299.50");
  expect(number("ko", 5000, {})).toBe("5,000");
  expect([number("ko", 7, DAYS), number("en", 1, DAYS)]).toEqual(["7일", "1 day"]);
});

test("moment: in both languages", () => {
  expect(moment("ko", "2026-12-03T12:00:00Z", DAY)).toBe("12월 3일");
  expect(moment("en", "2026-12-03T12:00:00Z", DAY)).toBe("3 December");
});

test("daysAgo: texts in the order of their times", () => {
  expect(daysAgo(1) < daysAgo(0)).toBe(true);
  expect(Date.parse(daysAgo(0)) - Date.parse(daysAgo(40))).toBeGreaterThan(39 * 86_400_000);
});

test("useTexts: in both languages, places filled", () => {
  globalThis.location = { pathname: "/" };
  const told = ["ko", "en"].map((lang) => {
    setClientVar("lang", "ko", "browser", lang);
    return [useTexts()("find", { n: 2 }), useTexts()("another")];
  });
  expect(told).toEqual([
    ["2개 찾기", undefined],
    ["Find 2", undefined],
  ]);
});
