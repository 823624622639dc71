import { expect, test } from "bun:test";
import { copyLink, shareLink } from "./links";

const browser = ({ clipboard, share }) =>
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { clipboard, share },
  });
const refused = (name) => () => Promise.reject(Object.assign(new Error("no"), { name }));

/** What was told, and what was copied. */
async function told(act, parts) {
  const heard = [];
  const clipboard = parts.clipboard && { writeText: (text) => parts.clipboard(text, heard) };
  browser({ ...parts, clipboard });
  const tell = (how) => () => heard.push(how);
  await act("https://x/s/1", tell("copied"), tell("failed"), "title");
  return heard;
}

const writes = async (text, heard) => heard.push(text);

test("copyLink: tells whether it was copied", async () => {
  expect(await told(copyLink, { clipboard: writes })).toEqual(["https://x/s/1", "copied"]);
  expect(await told(copyLink, { clipboard: refused("NotAllowedError") })).toEqual(["failed"]);
  expect(await told(copyLink, {})).toEqual(["failed"]);
});

test("shareLink: copies where no sheet opens, but not when a user closed it", async () => {
  const closed = { clipboard: writes, share: refused("AbortError") };
  expect(await told(shareLink, closed)).toEqual([]);
  expect(await told(shareLink, { clipboard: writes })).toEqual(["https://x/s/1", "copied"]);
  const broken = { clipboard: writes, share: refused("NotAllowedError") };
  expect(await told(shareLink, broken)).toEqual(["https://x/s/1", "copied"]);
});
