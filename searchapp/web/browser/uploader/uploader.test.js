import { expect, test } from "bun:test";
import { newKey, pause } from "./uploader.jsx";

test("newKey: another one each time", () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(newKey()).not.toBe(newKey());
});

test.each(["now", "abort"])("pause: ends at once by %s", async (how) => {
  globalThis.addEventListener ??= () => {};
  const work = { abort: new AbortController() };
  const waited = pause(60, work);
  if (how === "now") work.now();
  else work.abort.abort();
  expect(await Promise.race([waited.then(() => "ended"), Bun.sleep(1000)])).toBe("ended");
});
