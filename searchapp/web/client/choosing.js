/**
 * Choosing pieces on the photo, drawing boxes of one's own, and moving them.
 *
 * A box can be drawn with a finger or a mouse, and everything that dragging does, plain buttons and
 * the arrow keys do too.  A suggested piece that is adjusted becomes such a box, with its label, and
 * takes the piece's place.
 */
import { ask, busy, jobOf, worked } from "./actions.js";
import { between, clamp, EDITS, inside, pixels, SMALLEST } from "./boxes.js";
import { find, focusDrawn, mark, on, onAct, onChange, say } from "./dom.js";
import { language } from "./language.js";
import { outsideOf } from "./outside.js";
import { phoneOf } from "./phone.js";
import { store } from "./store.js";

const REPLACED = "replaced";
const EMPTY = { left_out: {}, drawn: [], drawing: false, active: "" };

const choice = () => store.get().choice;
const change = (part) => store.set({ choice: { ...choice(), ...part } });

function add(box) {
  const numbers = choice().drawn.map((drawn) => drawn.number);
  const number = Math.max(0, ...numbers) + 1;
  const drawn = inside({ ...box, id: `mine-${number}`, number });
  change({ drawn: [...choice().drawn, drawn], active: drawn.id, drawing: false });
}

const leave = (id, how) => change({ left_out: { ...choice().left_out, [id]: how } });

/** Puts a box of the person's own in the place of a suggested piece. */
function reshape({ dataset: { id } }) {
  const region = find(`[data-frame] [data-act=toggle][data-id="${id}"]`);
  const [x, y, w, h] = ["left", "top", "width", "height"].map(
    (side) => parseFloat(region.style[side]) / 100,
  );
  leave(id, REPLACED);
  add({ x, y, w, h, label: region.dataset.label, from: id });
  focusDrawn("[data-edit]");
}

/** Takes the box in hand away; a suggested piece whose place it took comes back. */
function remove() {
  const { drawn, active } = choice();
  const box = drawn.find(({ id }) => id === active);
  change({ drawn: drawn.filter((each) => each !== box), active: "" });
  if (box?.from) leave(box.from, false);
  focusDrawn("[data-act=draw]");
}

const replace = (id, edit) =>
  change({ drawn: choice().drawn.map((box) => (box.id === id ? inside(edit(box)) : box)) });

const KEYS = {
  ArrowLeft: ["left", "narrower"],
  ArrowRight: ["right", "wider"],
  ArrowUp: ["up", "taller"],
  ArrowDown: ["down", "shorter"],
};

function toggle({ dataset }) {
  const { left_out, drawn } = choice();
  if (drawn.some((box) => box.id === dataset.id)) {
    change({ active: choice().active === dataset.id ? "" : dataset.id });
    return;
  }
  leave(dataset.id, !left_out[dataset.id]);
}

/** Where the pointer is, in parts of the picture. */
function place(frame, event) {
  const area = frame.getBoundingClientRect();
  return {
    x: clamp((event.clientX - area.left) / area.width, 0, 1),
    y: clamp((event.clientY - area.top) / area.height, 0, 1),
  };
}

/** Follows one press from where it began until the finger or the mouse button goes up. */
function drag(frame, event, moved, ended) {
  event.preventDefault();
  const start = place(frame, event);
  const move = (later) => later.pointerId === event.pointerId && moved(start, place(frame, later));
  const end = (later) => {
    if (later.pointerId !== event.pointerId) return;
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    ended(start, place(frame, later));
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

function draw(frame, event) {
  const ghost = find("[data-ghost]", frame);
  const show = (start, end) => {
    const { x, y, w, h } = between(start, end);
    mark(ghost, "data-on", "");
    Object.assign(ghost.style, {
      left: `${x * 100}%`,
      top: `${y * 100}%`,
      width: `${w * 100}%`,
      height: `${h * 100}%`,
    });
  };
  drag(frame, event, show, (start, end) => {
    mark(ghost, "data-on", null);
    const box = between(start, end);
    if (box.w >= SMALLEST && box.h >= SMALLEST) add(box);
  });
}

function moveOrResize(element, event) {
  const frame = element.closest("[data-frame]");
  const { id } = element.dataset;
  const box = choice().drawn.find((drawn) => drawn.id === id);
  if (!frame || !box) return;
  const corner = event.target.closest("[data-corner]");
  change({ active: id });
  drag(
    frame,
    event,
    (from, to) =>
      replace(id, () =>
        corner
          ? { ...box, w: box.w + to.x - from.x, h: box.h + to.y - from.y }
          : { ...box, x: box.x + to.x - from.x, y: box.y + to.y - from.y },
      ),
    () => {},
  );
}

/** Forgets what was chosen before; the next stroke on the photo is a box. */
export const beginDrawing = () => change({ ...EMPTY, drawing: true });

/** The chosen pieces as the API takes them. */
export function wanted(section) {
  const { left_out, drawn } = choice();
  const ids = section.dataset.ids ? section.dataset.ids.split(",") : [];
  const width = Number(section.dataset.width);
  const height = Number(section.dataset.height);
  const boxes = drawn.map((box) => ({ box: pixels(box, width, height), label: box.label }));
  return [...ids.filter((id) => !left_out[id]).map((id) => ({ id })), ...boxes];
}

async function start(form) {
  const items = wanted(form);
  const number = phoneOf(form);
  if (!number || !items.length) return;
  const body = { items, lang: language() };
  if (number.phone) Object.assign(body, { phoneNumber: number.phone, smsConsent: number.consent });
  if (outsideOf(form)) body.outsideConsent = true;
  const button = find("[data-act=choose-start]", form);
  const path = `/api/search-job/${jobOf(form)}/items`;
  const answer = await busy(button, () => ask("POST", path, body));
  if (!worked(answer)) say(answer.body?.error?.message ?? button.dataset.failed);
}

export function startChoosing() {
  let shown = "";
  onChange(() => {
    const job = find("[data-choosing]")?.dataset.choosing ?? "";
    if (job && job !== shown) change(EMPTY);
    shown = job || shown;
  });
  onAct("toggle", toggle);
  onAct("draw", () => change({ drawing: !choice().drawing, active: "" }));
  onAct("draw-add", () => {
    add({ x: 0.3, y: 0.3, w: 0.4, h: 0.4 });
    focusDrawn("[data-edit]");
  });
  onAct("reshape", reshape);
  onAct("adjust", ({ dataset }) => replace(choice().active, EDITS[dataset.edit]));
  onAct("adjust-done", () => {
    change({ active: "" });
    focusDrawn("[data-act=draw]");
  });
  onAct("adjust-remove", remove);
  on("keydown", "[data-drawn]", (element, event) => {
    const names = KEYS[event.key];
    if (!names) return;
    event.preventDefault();
    replace(element.dataset.id, EDITS[names[event.shiftKey ? 1 : 0]]);
  });
  on("pointerdown", "[data-frame]", (frame, event) => {
    const box = event.target.closest("[data-drawn]");
    if (box) moveOrResize(box, event);
    else if (choice().drawing) draw(frame, event);
  });
  on("submit", "[data-choosing]", (form, event) => {
    event.preventDefault();
    start(form);
  });
}
