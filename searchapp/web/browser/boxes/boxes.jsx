// @ts-check
/** Boxes on a picture, in parts (0..1) of its sides; `x` and `y` are the upper left corner. */
import { createElement, useRef, useState } from "react";

const SMALLEST = 0.04;
const STEP = 0.02;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The box pushed back into the picture, at least a finger wide. */
export function inside({ x, y, w, h, ...rest }) {
  const [width, height] = [clamp(w, SMALLEST, 1), clamp(h, SMALLEST, 1)];
  return { ...rest, x: clamp(x, 0, 1 - width), y: clamp(y, 0, 1 - height), w: width, h: height };
}

/** The boxes with one more, numbered after the last. */
export function added(boxes, box) {
  const number = Math.max(0, ...boxes.map((each) => each.number)) + 1;
  return [...boxes, inside({ ...box, id: `mine-${number}`, number })];
}

/** The boxes, one of them moved and stretched by so much. */
const changed = (boxes, id, by) => {
  const [x, y, w, h] = by;
  const change = (box) => ({ ...box, x: box.x + x, y: box.y + y, w: box.w + w, h: box.h + h });
  return boxes.map((box) => (box.id === id ? inside(change(box)) : box));
};

/** The same by steps, which are what one press of a button does. */
export const adjusted = (boxes, id, steps) =>
  changed(
    boxes,
    id,
    steps.map((step) => step * STEP),
  );

/** The box with two opposite corners. */
function between(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) };
}

export function BoxLayer({ boxes, drawing, onBoxes, onActive, children, ...props }) {
  const layer = useRef(null);
  const [held, hold] = useState(null);
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
    if (id) onActive?.(id);
    const corner = event.target.closest("[data-corner]") !== null;
    hold({ id, corner, boxes, from: at(event), to: at(event) });
  };
  const move = (event) => {
    if (!held) return;
    const to = at(event);
    hold({ ...held, to });
    const [dx, dy] = [to.x - held.from.x, to.y - held.from.y];
    const change = held.corner ? [0, 0, dx, dy] : [dx, dy, 0, 0];
    if (held.id) onBoxes?.(changed(held.boxes, held.id, change));
  };
  const drawn = held && !held.id && between(held.from, held.to);
  const end = () => {
    hold(null);
    if (!drawn || drawn.w < SMALLEST || drawn.h < SMALLEST) return;
    const all = added(boxes, drawn);
    onBoxes?.(all);
    onActive?.(all.at(-1).id);
  };
  const press = (event) => {
    const [id, arrow] = [idOf(event), ARROWS[event.key]];
    if (!id || !arrow) return;
    event.preventDefault();
    onBoxes?.(adjusted(boxes, id, event.shiftKey ? [0, 0, ...arrow] : [...arrow, 0, 0]));
  };
  const events = { onPointerDown: begin, onPointerMove: move, onPointerUp: end, onKeyDown: press };
  const percent = (part) => `${part * 100}%`;
  const { x, y, w, h } = drawn || {};
  const style = { left: percent(x), top: percent(y), width: percent(w), height: percent(h) };
  const ghost = w > 0 && createElement("div", { className: "ghost", style });
  const all = { ...props, ...events, onPointerCancel: () => hold(null), ref: layer };
  return createElement("div", all, children, ghost);
}
