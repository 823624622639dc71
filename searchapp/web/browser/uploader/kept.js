/** The chosen photo, kept by the browser until it is stored: a reload or a killed tab loses nothing.
 *
 * It lies in the cache `photo` under `/chosen`, where the service worker puts what another app
 * shares; the header `kept` says when, the keys under which it was sent, or a shared address. */
const A_DAY = 86_400_000;
let last = Promise.resolve(null);

/** One after another; pages on plain http and some private windows keep nothing. */
const queued = (ask) => (last = last.then(() => caches.open("photo").then(ask)).catch(() => null));

export const keepPhoto = (file, keys) => {
  const kept = encodeURIComponent(JSON.stringify({ keys, at: Date.now() }));
  return queued((cache) => cache.put("/chosen", new Response(file, { headers: { kept } })));
};
export const forgetPhoto = () => queued((cache) => cache.delete("/chosen"));
export async function keptPhoto() {
  const found = await queued((cache) => cache.match("/chosen"));
  const { at, ...told } = JSON.parse(decodeURIComponent(found?.headers.get("kept") ?? "{}"));
  return Date.now() - at < A_DAY ? { file: await found.blob(), ...told } : null;
}
