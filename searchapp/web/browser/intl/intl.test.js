import { expect, test } from "bun:test";
import { ago, day, dayCount, daysAgo, money } from "./intl";

test("money: in the reader's way, and empty without an amount", () => {
  expect(money("ko", 39000, "KRW")).toBe("₩39,000");
  expect(money("en", "1299.5", "USD")).toBe("$1,299.50");
  expect(money("ko", 5, "no currency")).toBe("5 no currency");
  expect([null, undefined, ""].map((amount) => money("ko", amount, "KRW"))).toEqual(["", "", ""]);
});

test("days: in both languages", () => {
  expect(day("ko", "2026-12-03T12:00:00Z")).toBe("12월 3일");
  expect(day("en", "2026-12-03T12:00:00Z")).toBe("3 December");
  expect(day("en", "")).toBe("");
  expect([dayCount("ko", 7), dayCount("en", 1)]).toEqual(["7일", "1 day"]);
});

test("ago: the time of today, the day of any other", () => {
  expect(ago("en", daysAgo(0))).toMatch(/\d:\d\d/);
  expect(ago("en", daysAgo(40))).not.toContain(":");
  expect(daysAgo(1) < daysAgo(0)).toBe(true);
});
