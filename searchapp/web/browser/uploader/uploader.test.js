import { expect, test } from "bun:test";
import { newKey, pause } from "./uploader.jsx";

test("newKey: another one each time", () => {
  expect(newKey()).toMatch(/^[0-9a-z-]{8,64}$/);
  expect(newKey()).not.toBe(newKey());
});

test("pause: ends at once by `now`", async () => {
  const work = {};
  const waited = pause(60, work);
  work.now();
  expect(await Promise.race([waited.then(() => "ended"), Bun.sleep(1000)])).toBe("ended");
});
