// @ts-check
/** Boxes on a picture, in parts (0..1) of its sides; `x` and `y` are the upper left corner. */
import { createElement, useRef, useState } from "react";

/** @typedef {{ id: string, number: number, x: number, y: number, w: number, h: number }} Box */
/** @typedef {{ x: number, y: number }} Point */

const SMALLEST = 0.04;
const STEP = 0.02;
/** What one press of a button or an arrow key does: by how many steps x, y, w and h change. */
/** @type {Record<string, number[]>} */
const EDITS = {
  left: [-1, 0, 0, 0],
  right: [1, 0, 0, 0],
  up: [0, -1, 0, 0],
  down: [0, 1, 0, 0],
  wider: [-0.5, 0, 1, 0],
  narrower: [0.5, 0, -1, 0],
  taller: [0, -0.5, 0, 1],
  shorter: [0, 0.5, 0, -1],
};
/** @type {Record<string, string[]>} */
const KEYS = {
  ArrowLeft: ["left", "narrower"],
  ArrowRight: ["right", "wider"],
  ArrowUp: ["up", "taller"],
  ArrowDown: ["down", "shorter"],
};

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The box pushed back into the picture, at least a finger wide. @param {Box} box @returns {Box} */
export function inside({ x, y, w, h, ...rest }) {
  const [width, height] = [clamp(w, SMALLEST, 1), clamp(h, SMALLEST, 1)];
  return { ...rest, x: clamp(x, 0, 1 - width), y: clamp(y, 0, 1 - height), w: width, h: height };
}

/** @param {Box[]} boxes @param {Box} box */
const replaced = (boxes, box) => boxes.map((each) => (each.id === box.id ? inside(box) : each));

/** The boxes with one more, numbered after the last. @param {Box[]} boxes @param {any} box */
export function added(boxes, box) {
  const number = Math.max(0, ...boxes.map((each) => each.number)) + 1;
  return [...boxes, inside({ ...box, id: `mine-${number}`, number })];
}

/** @param {Box[]} boxes @param {string} id @param {string} edit */
export function adjusted(boxes, id, edit) {
  const box = boxes.find((each) => each.id === id);
  if (!box) return boxes;
  const [x, y, w, h] = EDITS[edit].map((steps) => steps * STEP);
  return replaced(boxes, { ...box, x: box.x + x, y: box.y + y, w: box.w + w, h: box.h + h });
}

/** The box with two opposite corners. @param {Point} a @param {Point} b @returns {any} */
const between = (a, b) => ({
  ...{ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y) },
  ...{ w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) },
});

/** @param {any} props */
export function BoxLayer({ boxes, drawing, onBoxes, onActive, children, ...props }) {
  const layer = useRef(/** @type {any} */ (null));
  const [held, hold] = useState(/** @type {any} */ (null));
  /** @param {any} event */
  const at = (event) => {
    const area = layer.current.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    return { x: clamp(x / area.width, 0, 1), y: clamp(y / area.height, 0, 1) };
  };
  /** @param {any} event */
  const begin = (event) => {
    const id = event.target.closest("[data-drawn]")?.dataset.id;
    const box = boxes.find((/** @type {Box} */ each) => each.id === id);
    if (!box && !drawing) return;
    event.preventDefault();
    layer.current.setPointerCapture(event.pointerId);
    if (box) onActive?.(box.id);
    hold({ box, corner: Boolean(event.target.closest("[data-corner]")), from: at(event), to: at(event) });
  };
  /** @param {any} event */
  const move = (event) => {
    if (!held) return;
    const to = at(event);
    hold({ ...held, to });
    const { box, corner, from } = held;
    if (!box) return;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const change = corner ? { w: box.w + dx, h: box.h + dy } : { x: box.x + dx, y: box.y + dy };
    onBoxes?.(replaced(boxes, { ...box, ...change }));
  };
  const end = () => {
    const box = held && !held.box && between(held.from, held.to);
    hold(null);
    if (!box || box.w < SMALLEST || box.h < SMALLEST) return;
    const all = added(boxes, box);
    onBoxes?.(all);
    onActive?.(all[all.length - 1].id);
  };
  /** @param {any} event */
  const press = (event) => {
    const id = event.target.closest("[data-drawn]")?.dataset.id;
    const edits = KEYS[event.key];
    if (!id || !edits) return;
    event.preventDefault();
    onBoxes?.(adjusted(boxes, id, edits[event.shiftKey ? 1 : 0]));
  };
  const { x, y, w, h } = held && !held.box ? between(held.from, held.to) : {};
  const place = { left: `${x * 100}%`, top: `${y * 100}%`, width: `${w * 100}%`, height: `${h * 100}%` };
  const ghost = w > 0 && createElement("div", { className: "ghost", style: place });
  const pointer = { onPointerDown: begin, onPointerMove: move, onPointerUp: end };
  const events = { ...pointer, onPointerCancel: () => hold(null), onKeyDown: press };
  return createElement("div", { ...props, ...events, ref: layer }, children, ghost);
}
