import { beforeEach, expect, test } from "bun:test";
import { forgetPhoto, keepPhoto, keptPhoto } from "./kept";

const stored = new Map();
const cache = {
  put: async (name, response) => stored.set(name, response),
  match: async (name) => stored.get(name)?.clone(),
  delete: async (name) => stored.delete(name),
};
beforeEach(() => {
  stored.clear();
  globalThis.caches = { open: async () => cache };
});

test("a photo is kept with its keys until it is forgotten", async () => {
  await keepPhoto(new Blob(["photo"]), { '[["lang","ko"]]': "key" });
  const kept = await keptPhoto();
  expect(await kept.file.text()).toBe("photo");
  expect(kept.keys).toEqual({ '[["lang","ko"]]': "key" });
  await forgetPhoto();
  expect(await keptPhoto()).toBeNull();
});

test("a photo is kept for a day", async () => {
  await keepPhoto(new Blob(["photo"]), {});
  const { now } = Date;
  Date.now = () => now() + 86_500_000;
  expect(await keptPhoto()).toBeNull();
  Date.now = now;
});

test("a browser without a cache keeps nothing", async () => {
  globalThis.caches = undefined;
  await keepPhoto(new Blob(["photo"]), {});
  expect(await keptPhoto()).toBeNull();
});
