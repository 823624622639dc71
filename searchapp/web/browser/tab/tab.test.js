import { beforeEach, expect, test } from "bun:test";
import { focusOn, Tab, turn } from "./tab.jsx";

const events = {};
const calls = [];
let tick, root, drawn;

beforeEach(() => {
  calls.length = 0;
  root = { dataset: {}, lang: "ko" };
  const icon = { setAttribute: (_name, address) => calls.push(address) };
  const document = { documentElement: root, hidden: false, querySelector: () => icon };
  globalThis.addEventListener = (name, listen) => (events[name] = listen);
  globalThis.setInterval = (run) => (tick = run);
  globalThis.requestAnimationFrame = (run) => (drawn = run);
  Object.assign(globalThis, { document });
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { onLine: true } });
});

const shown = (props) =>
  Tab({
    title: "Found",
    icon: "/icon.svg",
    lang: "ko",
    onWake: () => calls.push("wake"),
    onLook: (hidden, online) => calls.push([hidden, online]),
    ...props,
  });

test("Tab: title, icon and language", () => {
  shown({});
  expect(document.title).toBe("Found");
  expect(calls).toEqual(["/icon.svg", [false, true]]);
  expect(root).toEqual({ dataset: { live: "" }, lang: "ko" });
});

test("Tab: another language once what it changes is on the screen", async () => {
  root.dataset.live = "";
  shown({ lang: "en" });
  expect(root.lang).toBe("ko");
  drawn();
  await new Promise((done) => setTimeout(done));
  expect(root.lang).toBe("en");
});

test("Tab: a page that wakes up keeps the language of the first answer", () => {
  root.lang = "en";
  shown({ lang: "ko" });
  expect(root).toEqual({ dataset: {}, lang: "en" });
});

test("Tab: wakes when it is seen or online again, or the clock jumped", () => {
  shown({});
  calls.length = 0;
  for (const type of ["visibilitychange", "online", "storage"]) events[type]({ type });
  expect(calls.filter((call) => call === "wake")).toHaveLength(3);
  events.offline({ type: "offline" });
  document.hidden = true;
  events.visibilitychange({ type: "visibilitychange" });
  tick();
  expect(calls.filter((call) => call === "wake")).toHaveLength(3);
  const { now } = Date;
  Date.now = () => now() + 60_000;
  tick();
  Date.now = now;
  expect(calls.filter((call) => call === "wake")).toHaveLength(4);
});

test("focusOn, turn: move once what was set has been drawn", async () => {
  const strip = { clientWidth: 100, scrollBy: ({ left }) => calls.push(left) };
  document.getElementById = () => strip;
  document.querySelector = (selector) => ({ focus: () => calls.push(selector) });
  globalThis.scrollTo = ({ top }) => calls.push(top);
  document.activeElement = document.body = "the page";
  turn("strip", -1);
  focusOn("h1", true);
  focusOn("h2", false, true);
  await Promise.resolve();
  expect(calls).toEqual([-80, 0, "h1", "h2"]);
});

test("focusOn: leaves it where it is unless it was lost", async () => {
  Object.assign(document, { activeElement: "a button", body: "the page" });
  document.querySelector = (selector) => ({ focus: () => calls.push(selector) });
  focusOn("h1", false, true);
  await Promise.resolve();
  expect(calls).toEqual([]);
});
