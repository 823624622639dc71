// @ts-check
/** The chosen photo, kept by the browser until it is stored: a reload or a killed tab loses nothing. */

/** @typedef {{ file: File, keys: Record<string, string>, at: number }} Kept */

const A_DAY = 86_400_000;

/** One request of the one record; null where the browser keeps nothing.
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask
 * @returns {Promise<any>} */
function asked(mode, ask) {
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open("photo", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("photo");
      opening.onerror = () => resolve(null);
      opening.onsuccess = () => {
        const request = ask(opening.result.transaction("photo", mode).objectStore("photo"));
        request.onsuccess = () => resolve(request.result ?? null);
        request.onerror = () => resolve(null);
      };
    } catch {
      resolve(null); // Private windows may have no database.
    }
  });
}

/** @param {File} file @param {Record<string, string>} keys */
export const keepPhoto = (file, keys) =>
  asked("readwrite", (store) => store.put({ file, keys, at: Date.now() }, "chosen"));

export const forgetPhoto = () => asked("readwrite", (store) => store.delete("chosen"));

/** @returns {Promise<Kept | null>} */
export async function keptPhoto() {
  const kept = await asked("readonly", (store) => store.get("chosen"));
  return kept && Date.now() - kept.at < A_DAY ? kept : null;
}
