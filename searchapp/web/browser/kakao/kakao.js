// @ts-check
/** Sharing by KakaoTalk: https://developers.kakao.com/docs/latest/ko/kakaotalk-share/js-link */

/** Kakao's script, within so many seconds: these very bytes or none. */
const load = (source, seconds) =>
  new Promise((resolve, reject) => {
    const events = { onload: resolve, onerror: reject, crossOrigin: "anonymous" };
    document.head.append(Object.assign(document.createElement("script"), source, events));
    setTimeout(reject, seconds * 1000, new Error("Kakao's script is late"));
  });

/** Opens KakaoTalk, and tells how it went. */
export async function sendByKakao(source, key, message, onSent, onFailed) {
  try {
    if (!globalThis["Kakao"]) await load(source, 8);
    const kakao = globalThis["Kakao"];
    if (!kakao.isInitialized()) kakao.init(key);
    await kakao.Share.sendDefault(message);
    onSent();
  } catch (error) {
    console.warn(error);
    onFailed();
  }
}
