// The bar: which drafts of this account were not sent, to be opened, sent or discarded; and what happens at sign-out.
import { bar, clear, drafts, drop, keep, place, remember } from "./store.js";
import { attempt, flush, waits } from "./send.js";

const SOON_MS = 1_000;
const LATE_MS = 60_000;
const words = bar.dataset;
const some = bar.querySelector("[data-drafts-some]");
const count = bar.querySelector("[data-drafts-count]");
const list = bar.querySelector("[data-drafts-list]");
const sent = bar.querySelector("[data-drafts-sent]");
const row = bar.querySelector("[data-drafts-row]");
const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

const tell = (text, element) => {
  if (element.textContent !== text) element.textContent = text;
};

// The draft that is being typed on this page tells of itself at the foot of its form.
const here = () => {
  const form = document.querySelector("form[data-draft]");
  return form && (document.documentElement.dataset.draft ?? new URLSearchParams(location.hash.slice(1)).get("draft"));
};

const show = () => {
  const all = drafts().filter((it) => it.id !== here());
  list.replaceChildren(
    ...all.map((it) => {
      const one = row.content.firstElementChild.cloneNode(true);
      one.dataset.id = it.id;
      one.querySelector("[data-title]").textContent = it.title;
      one.querySelector("[data-about]").textContent = `${day.format(new Date(it.begun))} · ${words[it.state] ?? words.open}`;
      one.querySelector("[data-act=open]").href = `${it.at}#draft=${it.id}`;
      return one;
    }),
  );
  tell(all.length === 1 ? words.one : words.many.replace("{n}", all.length), count);
  some.hidden = !all.length;
  bar.hidden = !all.length && !sent.textContent;
};

const told = (saved) => {
  for (const { title, where } of saved) {
    const link = document.createElement("a");
    link.href = where;
    link.className = "hs-link";
    link.textContent = title;
    sent.append(sent.textContent ? ", " : `${words.sent} `, link);
  }
  show();
};

// A network that has just come back often fails once more: try again soon, then less and less often.
let pause = SOON_MS;
let next = 0;
const sendAll = async () => {
  clearTimeout(next);
  told(await flush(here()));
  pause = waits() ? Math.min(2 * pause, LATE_MS) : SOON_MS;
  if (waits()) next = setTimeout(() => navigator.onLine && sendAll(), pause);
};

list.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || button.dataset.act === "open") return;
  const it = drafts().find(({ id }) => id === button.closest("[data-id]").dataset.id);
  if (!it) show();
  else if (button.dataset.act === "send") {
    keep({ ...it, state: "waiting" });
    const result = await attempt(it.id);
    if (result.state === "saved") told([{ ...it, where: result.where }]);
  } else if (button.dataset.sure) {
    await drop(it.id);
    count.closest("summary").focus();
  } else {
    button.dataset.sure = "yes";
    button.textContent = words.sure;
  }
});

// A link that only changes what stands after # opens nothing by itself.
list.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-act=open]");
  if (!link || new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  location.reload();
});

const leave = async (event) => {
  const form = event.target;
  if (new URL(form.getAttribute("action") ?? "", location.href).pathname !== "/logout") return;
  event.preventDefault();
  if (drafts().length && !form.dataset.leaving) {
    const note = document.createElement("p");
    note.className = "hs-note hs-note-caution";
    note.setAttribute("role", "alert");
    note.textContent = words.leaving;
    form.before(note);
    form.dataset.leaving = "asked";
    return;
  }
  await clear();
  form.submit();
};
document.addEventListener("submit", leave, { capture: true });

addEventListener("drafts", show);
addEventListener("storage", (event) => event.key?.startsWith(place("")) && show());
addEventListener("pageshow", show);
addEventListener("online", () => {
  pause = SOON_MS;
  sendAll();
});
show();
sendAll();

// A new worker throws away what the old one kept, and so the forms are asked for again.
const warm = async () => {
  const form = document.querySelector("form[data-draft-at]");
  for (const path of words.shells.split(" ")) await remember(path);
  if (form) await remember(form.dataset.draftAt);
  document.documentElement.dataset.offline = "ready";
};

if (navigator.serviceWorker) {
  navigator.serviceWorker.addEventListener("controllerchange", warm);
  if (navigator.serviceWorker.controller) warm();
  navigator.serviceWorker.register(words.worker).catch(() => {}); // drafts are kept all the same
}
