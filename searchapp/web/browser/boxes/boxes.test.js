import { expect, test } from "bun:test";
import { added, changed, inside } from "./boxes.jsx";

const BOX = { id: "mine-1", number: 1, x: 0.3, y: 0.3, w: 0.4, h: 0.4 };

test("inside: pushed back into the picture, at least a finger wide", () => {
  expect(inside({ ...BOX, x: 0.9, w: 0.4 })).toMatchObject({ x: 0.6, w: 0.4 });
  expect(inside({ ...BOX, x: -1, w: 0 })).toMatchObject({ x: 0, w: 0.04 });
  expect(inside({ ...BOX, x: 0.5, w: -0.25 })).toMatchObject({ x: 0.25, w: 0.25 });
});

test("added: numbered after the last, others stay", () => {
  const boxes = added(added([], BOX), { ...BOX, label: "top" });
  expect(boxes.map(({ id }) => id)).toEqual(["mine-1", "mine-2"]);
  expect(boxes[1].label).toBe("top");
});

test("changed: one box, the others not", () => {
  const [moved, other] = changed([BOX, { ...BOX, id: "mine-2" }], "mine-1", [0.02, 0, 0, 0.04]);
  expect(moved.x).toBeCloseTo(0.32);
  expect(moved.h).toBeCloseTo(0.44);
  expect(other).toEqual({ ...BOX, id: "mine-2" });
});
