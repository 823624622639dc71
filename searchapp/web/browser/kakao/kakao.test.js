import { expect, test } from "bun:test";
import { sendByKakao } from "./kakao";

/** What happened, in order, with a script that defines `kakao` or does not load. */
async function sent(kakao) {
  const calls = [];
  const script = {};
  globalThis.Kakao = undefined;
  globalThis.document = {
    createElement: () => script,
    head: {
      append() {
        globalThis.Kakao = kakao?.(calls);
        queueMicrotask(() => (kakao ? script.onload() : script.onerror(new Error("not loaded"))));
      },
    },
  };
  const source = { src: "https://kakao.example/sdk.js", integrity: "sha384-x", crossOrigin: "" };
  const tell = (how) => () => calls.push(how);
  await sendByKakao(source, "key", { objectType: "feed" }, tell("sent"), tell("failed"));
  return { calls, script };
}

const kakao = (calls) => ({
  isInitialized: () => false,
  init: (key) => calls.push(key),
  Share: { sendDefault: async ({ objectType }) => calls.push(objectType) },
});

test("sendByKakao: loads the script by its hash, then sends", async () => {
  const { calls, script } = await sent(kakao);
  expect(calls).toEqual(["key", "feed", "sent"]);
  expect(script).toMatchObject({ integrity: "sha384-x", crossOrigin: "" });
});

test("sendByKakao: tells when the script does not load", async () => {
  console.warn = () => {};
  expect((await sent(null)).calls).toEqual(["failed"]);
});
