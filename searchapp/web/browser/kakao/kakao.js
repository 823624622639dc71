// @ts-check
/**
 * Sharing by KakaoTalk: Kakao's script is loaded when its button is pressed, never before.
 *
 * https://developers.kakao.com/docs/latest/ko/kakaotalk-share/js-link
 */

import { setClientVar } from "./client_var";

/** One version, by its hash: the browser runs these very bytes or none. The policy names the URL. */
const SCRIPT = "https://t1.kakaocdn.net/kakao_js_sdk/2.8.3/kakao.min.js";
const INTEGRITY = "sha384-oroumrnFVE0xtgqyDZJARgERibXg2C28380uaUZz2kHDS5CR7tu20eGiOU6GkTpy";
const TIMEOUT = 8000;

/** @returns {Promise<any>} */
async function load() {
  const page = /** @type {any} */ (globalThis);
  if (page.Kakao) return page.Kakao;
  const script = document.createElement("script");
  Object.assign(script, { src: SCRIPT, integrity: INTEGRITY, crossOrigin: "anonymous" });
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error("Kakao's script did not load"));
    setTimeout(() => reject(new Error("Kakao's script is late")), TIMEOUT);
    document.head.append(script);
  }).finally(() => script.remove());
  return page.Kakao;
}

/** A picture of ours, without anybody's photo, and the link of the shared results.
 * @param {string} link @param {string} title @param {string} text @param {string} open */
export function message(link, title, text, open) {
  const there = { mobileWebUrl: link, webUrl: link };
  const imageUrl = new URL("/images/preview.png", link).href;
  return {
    objectType: "feed",
    content: { title, description: text, imageUrl, imageWidth: 1200, imageHeight: 630, link: there },
    buttons: [{ title: open, link: there }],
  };
}

/** @param {string} how "busy" while it opens, "failed", or nothing. */
const tell = (how) => setClientVar("kakao", "", "page", how);

/** @param {string} link @param {string} title @param {string} text @param {string} open */
export async function sendByKakao(link, title, text, open) {
  tell("busy");
  try {
    const kakao = await load();
    const site = /** @type {HTMLElement | null} */ (document.querySelector("meta[name=site]"));
    if (!kakao.isInitialized()) kakao.init(site?.dataset.kakao);
    await kakao.Share.sendDefault(message(link, title, text, open));
    tell("");
  } catch (error) {
    console.warn(error);
    tell("failed");
  }
}
