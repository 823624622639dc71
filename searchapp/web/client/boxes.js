/** Boxes on a picture, in parts (0..1) of its sides: `{ x, y, w, h }`, x and y the upper left corner. */

/** The least side of a box, and how far one press moves or stretches it. */
export const SMALLEST = 0.04;
const STEP = 0.02;

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** `box` pushed back into the picture, at least a finger wide. */
export function inside({ x, y, w, h, ...rest }) {
  const width = clamp(w, SMALLEST, 1);
  const height = clamp(h, SMALLEST, 1);
  return { ...rest, x: clamp(x, 0, 1 - width), y: clamp(y, 0, 1 - height), w: width, h: height };
}

/** The box with two opposite corners. */
export const between = (a, b) => ({
  x: Math.min(a.x, b.x),
  y: Math.min(a.y, b.y),
  w: Math.abs(a.x - b.x),
  h: Math.abs(a.y - b.y),
});

/** What one press of a button or an arrow key does to a box. */
export const EDITS = {
  left: (box) => ({ ...box, x: box.x - STEP }),
  right: (box) => ({ ...box, x: box.x + STEP }),
  up: (box) => ({ ...box, y: box.y - STEP }),
  down: (box) => ({ ...box, y: box.y + STEP }),
  wider: (box) => ({ ...box, x: box.x - STEP / 2, w: box.w + STEP }),
  narrower: (box) => ({ ...box, x: box.x + STEP / 2, w: box.w - STEP }),
  taller: (box) => ({ ...box, y: box.y - STEP / 2, h: box.h + STEP }),
  shorter: (box) => ({ ...box, y: box.y + STEP / 2, h: box.h - STEP }),
};

/** `box` in whole pixels of a picture of that size; its edges stay inside when they are rounded. */
export function pixels({ x, y, w, h }, width, height) {
  const left = Math.round(x * width);
  const top = Math.round(y * height);
  return [left, top, Math.round((x + w) * width) - left, Math.round((y + h) * height) - top];
}
