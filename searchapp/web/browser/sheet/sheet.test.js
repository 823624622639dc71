import { expect, test } from "bun:test";
import { Sheet } from "./sheet.jsx";

test("Sheet: opens and closes once the page is drawn, and tells of a press beside it", async () => {
  const calls = [];
  const element = { showModal: () => calls.push("open"), close: () => calls.push("close") };
  const drawn = [];
  const document = { activeElement: { focus: () => calls.push("focus") } };
  Object.assign(globalThis, { element, document, requestAnimationFrame: (run) => drawn.push(run) });
  const settled = async () => {
    for (const run of drawn.splice(0)) run();
    await new Promise((done) => setTimeout(done));
  };
  Sheet({ open: true });
  expect(calls).toEqual([]);
  await settled();
  const { props } = Sheet({ open: false, onClosed: () => calls.push("told") });
  await settled();
  expect(calls).toEqual(["focus", "open", "close"]);
  props.onClick({ target: "a button in it" });
  props.onClick({ target: element });
  expect(calls).toEqual(["focus", "open", "close", "told"]);
});
