// @ts-check
/** Boxes on a picture, in parts (0..1) of its sides; `x` and `y` are the upper left corner. */
import { createElement, useRef } from "react";

const SMALLEST = 0.04;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The box pushed back into the picture, at least a finger wide, whatever corner it was drawn to. */
export function inside({ x, y, w, h, ...rest }) {
  const [width, height] = [w, h].map((side) => clamp(Math.abs(side), SMALLEST, 1));
  const [left, top] = [clamp(Math.min(x, x + w), 0, 1 - width), Math.min(y, y + h)];
  return { ...rest, x: left, y: clamp(top, 0, 1 - height), w: width, h: height };
}

/** The boxes with one more, numbered after the last. */
export function added(boxes, box) {
  const number = Math.max(0, ...boxes.map((each) => each.number)) + 1;
  return [...boxes, inside({ ...box, id: `mine-${number}`, number })];
}

/** The boxes, one of them moved and stretched.  @param {number[]} by */
export function changed(boxes, id, by) {
  const [x, y, w, h] = by;
  const change = (box) => ({ ...box, x: box.x + x, y: box.y + y, w: box.w + w, h: box.h + h });
  return boxes.map((box) => (box.id === id ? inside(change(box)) : box));
}

export function BoxLayer({ boxes, drawing, keys, onBoxes, onActive, children, ...props }) {
  const layer = useRef(null);
  const stroke = useRef(null);
  const idOf = (event) => event.target.closest("[data-drawn]")?.dataset.id;
  const at = ({ clientX, clientY }) => {
    const { left, top, width, height } = layer.current.getBoundingClientRect();
    return { x: clamp((clientX - left) / width, 0, 1), y: clamp((clientY - top) / height, 0, 1) };
  };
  const begin = (event) => {
    const id = idOf(event);
    if (!id && !drawing) return;
    event.preventDefault();
    layer.current.setPointerCapture(event.pointerId);
    const corner = !id || event.target.closest("[data-corner]") !== null;
    stroke.current = { id, corner, boxes, from: at(event) };
    if (id) onActive?.(id);
  };
  const move = (event) => {
    const { current: held } = stroke;
    if (!held) return;
    const to = at(event);
    const [x, y] = [to.x - held.from.x, to.y - held.from.y];
    if (!held.id && Math.min(Math.abs(x), Math.abs(y)) > SMALLEST) {
      const box = added(boxes, held.from).at(-1);
      Object.assign(held, { id: box.id, boxes: [...boxes, { ...box, ...held.from, w: 0, h: 0 }] });
      onActive?.(held.id);
    }
    const by = held.corner ? [0, 0, x, y] : [x, y, 0, 0];
    if (held.id) onBoxes?.(changed(held.boxes, held.id, by));
  };
  const press = (event) => {
    const [id, by] = [idOf(event), keys[(event.shiftKey ? "Shift+" : "") + event.key]];
    if (!id || !by) return;
    event.preventDefault();
    onBoxes?.(changed(boxes, id, by));
  };
  const end = () => (stroke.current = null);
  const ends = { onPointerUp: end, onPointerCancel: end };
  const events = { onPointerDown: begin, onPointerMove: move, onKeyDown: press, ...ends };
  return createElement("div", { ...props, ...events, ref: layer }, children);
}
