// @ts-check
/** The chosen photo, kept by the browser until it is stored: a reload or a killed tab loses nothing. */
const A_DAY = 86_400_000;

/** One request of the one record; null where the browser keeps nothing. */
const asked = (mode, ask) =>
  new Promise((resolve) => {
    const told = (request, done) =>
      Object.assign(request, { onsuccess: done, onerror: () => resolve(null) });
    const opening = indexedDB.open("photo", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photo");
    told(opening, () => {
      const request = ask(opening.result.transaction("photo", mode).objectStore("photo"));
      told(request, () => resolve(request.result));
    });
  }).catch(() => null); // Private windows may have no database.

export const keepPhoto = (file, keys) =>
  asked("readwrite", (store) => store.put({ file, keys, at: Date.now() }, "chosen"));
export const forgetPhoto = () => asked("readwrite", (store) => store.delete("chosen"));
export async function keptPhoto() {
  const kept = await asked("readonly", (store) => store.get("chosen"));
  return kept && Date.now() - kept.at < A_DAY ? kept : null;
}
