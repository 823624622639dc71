/** Sharing by KakaoTalk: https://developers.kakao.com/docs/latest/ko/kakaotalk-share/js-link */

/** Kakao's script, within 8 seconds: these very bytes or none. */
const load = (source) =>
  new Promise((onload, onerror) => {
    const script = document.createElement("script");
    document.head.append(Object.assign(script, source, { onload, onerror }));
    setTimeout(onerror, 8000, new Error("Kakao's script is late"));
  }).then(() => globalThis["Kakao"]);

/** Opens KakaoTalk, and tells how it went. */
export async function sendByKakao(source, key, message, onSent, onFailed) {
  try {
    const kakao = globalThis["Kakao"] ?? (await load(source));
    if (!kakao.isInitialized()) kakao.init(key);
    await kakao.Share.sendDefault(message);
    onSent();
  } catch (error) {
    console.warn(error);
    onFailed();
  }
}
