import { expect, test } from "bun:test";
import { newKey } from "./uploader.jsx";

test("newKey: another one each time", () => {
  expect(newKey()).toMatch(/^[0-9a-z-]{8,64}$/);
  expect(newKey()).not.toBe(newKey());
});
