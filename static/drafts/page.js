// On every page: the pages kept for off-line use belong to one account in one language, and leave with it. Whoever is
// signed in sees the drafts that were not sent; whoever is not learns that there are some, and nothing of what they say.
import { PAGES, account, bar, others } from "./store.js";

const SEEN = "hs-account";
const me = account && `${account}:${document.documentElement.lang}`;

const settle = async () => {
  if ((localStorage.getItem(SEEN) ?? "") !== me) {
    await globalThis.caches?.delete(PAGES);
    localStorage.setItem(SEEN, me);
  }
  if (account) await import("./bar.js");
  else if (others()) {
    const away = bar.querySelector("[data-drafts-away]");
    away.textContent = bar.dataset.away;
    bar.hidden = away.hidden = false;
  }
};

// A page that the browser kept as it was left is not for whoever sits here now.
addEventListener("pageshow", (event) => {
  if (event.persisted && account && localStorage.getItem(SEEN) !== me) location.reload();
});

try {
  await settle();
} catch (error) {
  // A device that lets no page keep anything has no drafts either.
  if (error.name !== "SecurityError") throw error;
}
