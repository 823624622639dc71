// @ts-check
/** Sharing by KakaoTalk: https://developers.kakao.com/docs/latest/ko/kakaotalk-share/js-link */
const TIMEOUT = 8000;

/** Kakao's script: these very bytes or none. */
const load = (source) =>
  new Promise((resolve, reject) => {
    const events = { onload: resolve, onerror: reject, crossOrigin: "anonymous" };
    document.head.append(Object.assign(document.createElement("script"), source, events));
    setTimeout(reject, TIMEOUT, new Error("Kakao's script is late"));
  });

/** Opens KakaoTalk; `tell` hears `busy`, then nothing, or `failed`. */
export async function sendByKakao(source, key, message, tell) {
  tell("busy");
  try {
    if (!globalThis["Kakao"]) await load(source);
    const kakao = globalThis["Kakao"];
    if (!kakao.isInitialized()) kakao.init(key);
    await kakao.Share.sendDefault(message);
    tell("");
  } catch (error) {
    console.warn(error);
    tell("failed");
  }
}
