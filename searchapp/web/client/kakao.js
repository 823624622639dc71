/**
 * Sharing by KakaoTalk: Kakao's script is loaded when its button is pressed, never before.
 *
 * https://developers.kakao.com/docs/latest/ko/kakaotalk-share/js-link
 */
import { busy } from "./actions.js";
import { onAct } from "./dom.js";
import { store } from "./store.js";

/** One version, by its hash: the browser runs these very bytes or none. The policy names the URL. */
const SCRIPT = "https://t1.kakaocdn.net/kakao_js_sdk/2.8.3/kakao.min.js";
const INTEGRITY = "sha384-oroumrnFVE0xtgqyDZJARgERibXg2C28380uaUZz2kHDS5CR7tu20eGiOU6GkTpy";
const PATIENCE = 8000;

function load() {
  if (globalThis.Kakao) return Promise.resolve();
  const script = document.createElement("script");
  Object.assign(script, { src: SCRIPT, integrity: INTEGRITY, crossOrigin: "anonymous" });
  return new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error("Kakao's script did not load"));
    setTimeout(() => reject(new Error("Kakao's script is late")), PATIENCE);
    document.head.append(script);
  }).finally(() => script.remove());
}

/** The message: a picture of ours, without anybody's photo, and the link of the shared results. */
function message({ link, title, text, open }) {
  const there = { mobileWebUrl: link, webUrl: link };
  const imageUrl = new URL("/images/preview.png", link).href;
  return {
    objectType: "feed",
    content: { title, description: text, imageUrl, imageWidth: 1200, imageHeight: 630, link: there },
    buttons: [{ title: open, link: there }],
  };
}

async function share(button) {
  store.set({ kakao: "" });
  try {
    await busy(button, load);
    const { Kakao } = globalThis;
    if (!Kakao.isInitialized()) Kakao.init(document.documentElement.dataset.kakao);
    await Kakao.Share.sendDefault(message(button.dataset));
  } catch (error) {
    console.warn(error);
    store.set({ kakao: "failed" });
  }
}

export function startKakao() {
  onAct("kakao", share);
}
