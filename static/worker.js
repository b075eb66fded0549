// The worker: keeps the files of the pages, and the pages that asked for it, for when there is no network.
// The app puts VERSION and FILES before this text. Drafts are not its business: pages keep and send them.
const FILES_AT = `hs-files-${VERSION}`;
const PAGES = "hs-pages";
const KEPT = [FILES_AT, "hs-draft-files"];
const INSTEAD = "/offline";
const DOORS = ["/login", "/logout"];
const PATIENCE_MS = 5000; // with a copy at hand, nobody waits longer for a bad network

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(
    caches
      .open(FILES_AT)
      .then((files) => files.addAll(fresh))
      .then(() => self.skipWaiting()),
  );
});

// A new version leaves nothing of the old one behind; the next page asks for its pages again.
self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => !KEPT.includes(name));
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

const patient = (asking, copy) => {
  if (!copy) return asking;
  const enough = new Promise((_done, give) => setTimeout(() => give(new Error("too slow")), PATIENCE_MS));
  return Promise.race([asking, enough]);
};

const file = async (request, path) => {
  const files = await caches.open(FILES_AT);
  const copy = await files.match(path);
  try {
    return await patient(fetch(request), copy);
  } catch (error) {
    if (copy) return copy;
    throw error;
  }
};

const page = async (request, { pathname, search }) => {
  const pages = await caches.open(PAGES);
  const found = (path) => pages.match(path, { ignoreVary: true });
  const copy = await found(pathname);
  try {
    const answer = await patient(fetch(request), copy);
    if (copy && answer.ok && (!search || search.startsWith("?lang="))) await pages.put(pathname, answer.clone());
    return answer;
  } catch (error) {
    const instead = copy ?? (await found(INSTEAD));
    if (instead) return instead;
    throw error;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.method === "POST" && DOORS.includes(address.pathname)) {
    // Whoever comes next must not find the pages of whoever was here.
    event.waitUntil(caches.delete(PAGES));
  }
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request, address));
  else if (FILES.includes(address.pathname)) event.respondWith(file(request, address.pathname));
});
