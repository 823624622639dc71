/** Boxes on a picture, in parts (0..1) of its sides; `x` and `y` are the upper left corner. */
import { createElement, useRef } from "react";

const SMALLEST = 0.04;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The box pushed back into the picture, at least a finger wide, whatever corner it was drawn to. */
export function inside({ x, y, w, h, ...rest }) {
  const [width, height] = [w, h].map((side) => clamp(Math.abs(side), SMALLEST, 1));
  const left = clamp(Math.min(x, x + w), 0, 1 - width);
  return { ...rest, x: left, y: clamp(Math.min(y, y + h), 0, 1 - height), w: width, h: height };
}

/** The boxes with one more, numbered after the last. */
export function added(boxes, box) {
  const number = 1 + Math.max(0, ...boxes.map((each) => each.number));
  return [...boxes, inside({ ...box, id: `mine-${number}`, number })];
}

/** The boxes, one of them moved and stretched. */
export function changed(boxes, id, [x, y, w, h]) {
  const change = (box) => ({ ...box, x: box.x + x, y: box.y + y, w: box.w + w, h: box.h + h });
  return boxes.map((box) => (box.id === id ? inside(change(box)) : box));
}

const idOf = ({ target }) => target.closest("[data-drawn]")?.dataset.id;

export function BoxLayer({ boxes, drawing, keys, onBoxes, onActive, children, ...props }) {
  const [layer, stroke] = [useRef(null), useRef(null)];
  const at = ({ clientX, clientY }) => {
    const { left, top, width, height } = layer.current.getBoundingClientRect();
    return { x: clamp((clientX - left) / width, 0, 1), y: clamp((clientY - top) / height, 0, 1) };
  };
  const onPointerDown = (event) => {
    const id = idOf(event);
    if (!id && !drawing) return;
    event.preventDefault();
    layer.current.setPointerCapture(event.pointerId);
    const corner = !id || event.target.closest("[data-corner]");
    stroke.current = { id, corner, boxes, from: at(event) };
    if (id) onActive(id);
  };
  const onPointerMove = (event) => {
    const { current: held } = stroke;
    if (!held) return;
    const to = at(event);
    const [x, y] = [to.x - held.from.x, to.y - held.from.y];
    if (!held.id && Math.min(Math.abs(x), Math.abs(y)) > SMALLEST) {
      const box = added(boxes, held.from).at(-1);
      Object.assign(held, { id: box.id, boxes: [...boxes, { ...box, ...held.from, w: 0, h: 0 }] });
      onActive(held.id);
    }
    if (held.id) onBoxes(changed(held.boxes, held.id, held.corner ? [0, 0, x, y] : [x, y, 0, 0]));
  };
  const onKeyDown = (event) => {
    const [id, by] = [idOf(event), keys[(event.shiftKey ? "Shift+" : "") + event.key]];
    if (!id || !by) return;
    event.preventDefault();
    onBoxes(changed(boxes, id, by));
  };
  const onPointerUp = () => (stroke.current = null);
  const events = { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp };
  return createElement("div", { ...props, ...events, onKeyDown, ref: layer }, children);
}
