import { expect, test } from "bun:test";
import { Sheet } from "./sheet.jsx";

test("Sheet: opens and closes as its prop says, and closes by a press beside it", () => {
  const calls = [];
  const element = { showModal: () => calls.push("open"), close: () => calls.push("close") };
  globalThis.element = element;
  Sheet({ open: true });
  const { props } = Sheet({ open: false });
  props.onClick({ target: "a button in it" });
  expect(calls).toEqual(["open", "close"]);
  props.onClick({ target: element });
  expect(calls).toEqual(["open", "close", "close"]);
});
