// @ts-check
/**
 * Sharing by KakaoTalk: Kakao's script is loaded when its button is pressed, never before.
 *
 * https://developers.kakao.com/docs/latest/ko/kakaotalk-share/js-link
 */
import { setClientVar } from "../client_var/client_var";

/** One version, by its hash: the browser runs these very bytes or none. The policy names the URL. */
const SCRIPT = "https://t1.kakaocdn.net/kakao_js_sdk/2.8.3/kakao.min.js";
const INTEGRITY = "sha384-oroumrnFVE0xtgqyDZJARgERibXg2C28380uaUZz2kHDS5CR7tu20eGiOU6GkTpy";
const TIMEOUT = 8000;

const tell = (how) => setClientVar("kakao", "", "page", how);

async function load() {
  if (globalThis["Kakao"]) return globalThis["Kakao"];
  const script = document.createElement("script");
  Object.assign(script, { src: SCRIPT, integrity: INTEGRITY, crossOrigin: "anonymous" });
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
    setTimeout(reject, TIMEOUT, new Error("Kakao's script is late"));
    document.head.append(script);
  }).finally(() => script.remove());
  return globalThis["Kakao"];
}

export async function sendByKakao(message) {
  tell("busy");
  try {
    const kakao = await load();
    const site = /** @type {HTMLElement} */ (document.querySelector("meta[name=site]"));
    if (!kakao.isInitialized()) kakao.init(site?.dataset.kakao);
    await kakao.Share.sendDefault(message);
    tell("");
  } catch (error) {
    console.warn(error);
    tell("failed");
  }
}
