import { expect, test } from "bun:test";
import { unanswered } from "./pending.jsx";

test("unanswered: by key, whatever the name", () => {
  const pending = { cancel: { key: "a" }, "vote i1/p": { key: "b" } };
  expect(Object.keys(unanswered(pending, { a: "" }))).toEqual(["vote i1/p"]);
  expect(unanswered(pending, {})).toEqual(pending);
});
