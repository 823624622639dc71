import { beforeEach, expect, test } from "bun:test";

const stored = new Map();
const storage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (n, v) => stored.set(n, v),
};
const told = {};
let vars;

beforeEach(async () => {
  stored.clear();
  Object.assign(globalThis, { localStorage: storage, sessionStorage: storage });
  globalThis.document = { getElementsByName: () => [{ dataset: told }] };
  globalThis.location = { pathname: "/a" };
  vars = await import(`./client_var.js?${Math.random()}`);
});

test("a value is the default until it is set", () => {
  expect(vars.getClientVar("sort", "match", "")).toBe("match");
  vars.setClientVar("sort", "match", "", "price");
  expect(vars.getClientVar("sort", "match", "")).toBe("price");
});

test("a page's value is the default on the next page", () => {
  vars.setClientVar("sheet", "", "page", "share");
  expect(vars.getClientVar("sheet", "", "page")).toBe("share");
  location.pathname = "/b";
  expect(vars.getClientVar("sheet", "", "page")).toBe("");
});

test("texts are kept as they are, other values as JSON", () => {
  vars.setClientVar("lang", "ko", "browser", "en");
  vars.setClientVar("history", [], "browser", [{ id: 1 }]);
  expect([stored.get("lang"), stored.get("history")]).toEqual(["en", '[{"id":1}]']);
});

test("what is stored counts before what the first answer tells", () => {
  Object.assign(told, { lang: "en", days: "30" });
  expect(vars.getClientVar("lang", "ko", "browser")).toBe("en");
  expect(vars.getClientVar("days", 7, "")).toBe(30);
  stored.set("history", "no JSON");
  expect(vars.getClientVar("history", [], "browser")).toEqual([]);
});

test("a page that wakes up has what it was built with", () => {
  globalThis.waking = true;
  const lang = () => vars.useClientVar("lang", "ko", "browser");
  Object.assign(told, { lang: "en" });
  expect(lang()).toBe("ko");
  told.built = "en";
  expect(lang()).toBe("en");
  delete told.built;
  location.pathname = "/en/privacy"; // While it is built.
  expect(lang()).toBe("en");
  expect(vars.useClientVar("phase", "empty")).toBe("empty");
  delete globalThis.waking;
});

test("what is deferred hears of the values it names a frame later, of all else at once", async () => {
  const frames = [];
  Object.assign(globalThis, { drawn: [], requestAnimationFrame: (frame) => frames.push(frame) });
  const show = (name, context) => {
    globalThis.context = context;
    const when = context.length ? "late" : "now";
    vars.useClientVar(name, "ko", "", (value) => `${name} ${value} ${when}`);
  };
  for (const name of ["lang", "sort"]) for (const context of [["lang"], []]) show(name, context);
  vars.setClientVar("sort", "ko", "", "price");
  vars.setClientVar("lang", "ko", "", "en");
  expect(globalThis.drawn.splice(0)).toEqual(["sort price late", "sort price now", "lang en now"]);
  for (const frame of frames) frame();
  await Bun.sleep(1);
  expect(globalThis.drawn).toEqual(["lang en late"]);
  for (const name of ["drawn", "context", "requestAnimationFrame"]) delete globalThis[name];
});

test("newKey: another one each time", () => {
  expect(vars.newKey()).toMatch(/^[0-9a-z-]{8,64}$/);
  expect(vars.newKey()).not.toBe(vars.newKey());
});
