/*
 * The service worker has one task: an honest page when there is no network.
 * It keeps that page and its icon, and nothing of anybody's search.
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
  if (event.request.mode !== "navigate") return;
  event.respondWith(fetch(event.request).catch(() => caches.match("/offline.html")));
});
