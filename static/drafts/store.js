// The store: drafts of forms on this device, each under the account that wrote it. Texts stand in localStorage, which
// is written before a page can go away and tells other windows; files stand in a cache, which can hold them.
const HEAD = "hs-draft:";
const FILES = "hs-draft-files";
const PATIENCE_MS = 3000;
export const PAGES = "hs-pages";
export const bar = document.querySelector("[data-drafts]");
export const account = bar?.dataset.account ?? "";

export const made = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const place = (id) => `${HEAD}${account}:${id}`;

export const read = (text) => {
  try {
    const it = JSON.parse(text);
    return /^\/(?!\/)/.test(it?.at) ? it : null; // its address becomes a link
  } catch {
    return null; // not ours, or cut off
  }
};

export const draft = (id) => read(localStorage.getItem(place(id)));

// Writes what changed of a draft; everything else stays as it is stored. Throws where the device keeps nothing.
export const keep = (it) => {
  const fresh = { ...it, turn: made() };
  localStorage.setItem(place(it.id), JSON.stringify(fresh));
  dispatchEvent(new Event("drafts"));
  return fresh;
};

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(HEAD));

export const drafts = () =>
  keys()
    .filter((key) => key.startsWith(place("")))
    .map((key) => read(localStorage.getItem(key)))
    .filter(Boolean)
    .sort((one, other) => one.begun.localeCompare(other.begun));

// How many drafts of anybody are on this device; what they say is for their writers only.
export const others = () => keys().length;

const fileStore = () => globalThis.caches?.open(FILES);
const folder = (id) => new URL(`/draft-files/${account}/${id}/`, location.href).href;

export const dropFiles = async (id) => {
  const files = await fileStore();
  for (const { url } of (await files?.keys()) ?? []) if (url.startsWith(folder(id))) await files.delete(url);
};

// `pairs` of name and File; throws where they can't be kept.
export const keepFiles = async (id, pairs) => {
  await dropFiles(id);
  const files = await fileStore();
  for (const [number, [name, file]] of pairs.entries()) {
    const told = { "X-Field": name, "X-Name": encodeURIComponent(file.name), "Content-Type": file.type };
    await files.put(`${folder(id)}${number}`, new Response(file, { headers: told }));
  }
};

export const keptFiles = async (id) => {
  const files = await fileStore();
  const found = [];
  for (const request of (await files?.keys()) ?? []) {
    if (!request.url.startsWith(folder(id))) continue;
    const answer = await files.match(request);
    const told = (name) => answer.headers.get(name);
    const file = new File([await answer.blob()], decodeURIComponent(told("X-Name")), { type: told("Content-Type") });
    found.push([told("X-Field"), file]);
  }
  return found;
};

export const drop = async (id) => {
  localStorage.removeItem(place(id));
  dispatchEvent(new Event("drafts"));
  await dropFiles(id);
};

// Asks the worker's pages for the form at `path`, so that it opens without a network; the newest twenty stay.
export const remember = async (path) => {
  if (!globalThis.caches) return;
  const pages = await caches.open(PAGES);
  if (await pages.match(path, { ignoreVary: true })) return;
  try {
    await pages.add(path);
    for (const old of (await pages.keys()).slice(0, -20)) await pages.delete(old);
  } catch {
    // no network, or not for this account: then it is asked for another time
  }
};

// Signing out: nothing that this account wrote or read stays on the device. Texts go at once; a device that is slow with
// its files keeps nobody from leaving, and the next page deletes the pages again.
export const clear = async () => {
  const mine = drafts();
  for (const { id } of mine) localStorage.removeItem(place(id));
  sessionStorage.clear();
  const files = Promise.allSettled([globalThis.caches?.delete(PAGES), ...mine.map(({ id }) => dropFiles(id))]);
  await Promise.race([files, new Promise((done) => setTimeout(done, PATIENCE_MS))]);
};
