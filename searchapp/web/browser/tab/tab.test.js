import { beforeEach, expect, test } from "bun:test";
import { focusOn, Tab, turn } from "./tab.jsx";

const events = {};
const calls = [];
let tick, root;

beforeEach(() => {
  calls.length = 0;
  root = { dataset: {}, lang: "ko" };
  const icon = { setAttribute: (_name, address) => calls.push(address) };
  const document = { documentElement: root, hidden: false, querySelector: () => icon };
  globalThis.addEventListener = (name, listen) => (events[name] = listen);
  globalThis.setInterval = (run) => (tick = run);
  Object.assign(globalThis, { document, states: [] });
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { onLine: true } });
});

const shown = (props) =>
  Tab({
    title: "Found",
    before: "",
    ended: "",
    icon: "/icon.svg",
    lang: "ko",
    onWake: () => calls.push("wake"),
    onOffline: (offline) => calls.push(offline),
    ...props,
  });

test("Tab: title, icon and language", () => {
  shown({ before: "50% · " });
  expect(document.title).toBe("50% · Found");
  expect(calls).toEqual(["/icon.svg", false]);
  expect(root).toEqual({ dataset: { live: "" }, lang: "ko" });
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
  turn("strip", -1);
  focusOn("h1", true);
  await Promise.resolve();
  expect(calls).toEqual([-80, 0, "h1"]);
});
