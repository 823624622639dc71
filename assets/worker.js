/*
 * The service worker has two tasks: an honest page when there is no network, and keeping what
 * another app shares with this one, until the page takes it.  It keeps nothing of a search.
 */
const KEPT = "offline-1";
const FILES = ["/offline.html", "/icon.svg"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)));
  self.skipWaiting();
});

addEventListener("activate", (event) => {
  const old = (names) =>
    names
      .filter((name) => name.startsWith("offline-") && name !== KEPT)
      .map((name) => caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names))));
});

addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  if (mode !== "navigate") return;
  if (method === "POST" && new URL(url).pathname === "/shared") {
    const lost = () => Response.redirect("/#unshared", 303); // The disk is full, say.
    event.respondWith(shared(event.request).catch(lost));
  } else {
    event.respondWith(fetch(event.request).catch(() => caches.match("/offline.html")));
  }
});

/** Keeps a shared photo, or else a shared address, and shows the first page. */
async function shared(request) {
  const form = await request.formData();
  const file = form.get("photo");
  const words = ["url", "text", "title"].map((name) => form.get(name) ?? "").join(" ");
  const [address] = words.match(/https?:\/\/[^\s"'<>]+/i) ?? [];
  if (!file?.size && !address) return Response.redirect("/#unshared", 303);
  await (file?.size ? keep(file, { keys: {} }) : keep("", { address }));
  return Response.redirect("/", 303);
}

/** Puts something where the page keeps a chosen photo (uploader/kept.js). */
async function keep(body, told) {
  const kept = encodeURIComponent(JSON.stringify({ ...told, at: Date.now() }));
  const photo = await caches.open("photo");
  await photo.put("/chosen", new Response(body, { headers: { kept } }));
}
