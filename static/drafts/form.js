// A form that keeps drafts (data-draft): every change is stored on this device before anything is sent, under a key of
// its own, so that neither a lost network nor a lost sign-in nor a second window loses text or saves twice.
// It only reads what is typed: dictation and the keyboards of Korean are left alone.
import { draft, drop, keep, keepFiles, keptFiles, made, place, read } from "./store.js";
import { attempt } from "./send.js";

const KEY = "idempotency_key";
const ASKED = "hs-asked";
const PAUSE_MS = 250;
const AGAIN_MS = 10_000;
const SHOWN_BY_SERVER = ["refused", "conflict"];

const pairs = (form) => [...new FormData(form)].filter(([name, value]) => name !== KEY && typeof value === "string");
const files = (form) => [...new FormData(form)].filter(([, value]) => value instanceof File && value.size);

// Rows that were added to the form are added again: actions-3-what asks for a fourth row.
const addRows = (form, names) => {
  for (const name of names) {
    const [, list, number] = /^(.+)-(\d{1,3})-\w+$/.exec(name) ?? [];
    if (!list) continue;
    const adds = [...form.querySelectorAll("[data-add]")];
    const add = adds.find((it) => document.getElementById(it.dataset.add).innerHTML.includes(`name="${list}-__n__-`));
    for (let tries = 0; add && !form.elements[name] && tries <= Number(number); tries += 1) add.click();
  }
};

const fill = (form, told) => {
  const focus = document.activeElement;
  addRows(form, told.map(([name]) => name));
  for (const control of form.elements) {
    if (!control.name || control.name === KEY || ["file", "submit", "button"].includes(control.type)) continue;
    const values = told.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
    else if (values.length && control.value !== values[0]) control.value = values[0];
    const shows = ["radio", "checkbox"].includes(control.type) ? control.checked : values.some(Boolean);
    if (shows) control.closest("details")?.setAttribute("open", "");
  }
  if (document.activeElement !== focus) document.activeElement.blur();
};

const fillFiles = async (form, id) => {
  const kept = await keptFiles(id);
  for (const input of form.querySelectorAll("input[type=file]")) {
    const mine = kept.filter(([name]) => name === input.name);
    if (!mine.length || input.files.length) continue;
    const chosen = new DataTransfer();
    for (const [, file] of mine) chosen.items.add(file);
    input.files = chosen.files;
  }
};

// To where it was saved; an address that differs only after # would not load the page again.
const go = (where) => {
  const { pathname, search, hash } = new URL(where, location.href);
  if (!hash || pathname + search !== location.pathname + location.search) location.assign(where);
  else {
    history.replaceState(null, "", where);
    location.reload();
  }
};

const attach = (form) => {
  const words = form.dataset;
  const status = form.querySelector(".hs-submit-status");
  let mine = null;
  let timer = 0;
  let busy = false;

  let key = form.elements[KEY];
  if (!key) {
    key = Object.assign(document.createElement("input"), { type: "hidden", name: KEY });
    form.prepend(key);
  }

  const say = (text) => {
    if (status && status.textContent !== text) status.textContent = text;
  };

  const become = (it) => {
    mine = it;
    if (it) {
      key.value = it.key;
      document.documentElement.dataset.draft = it.id;
    } else delete document.documentElement.dataset.draft;
    dispatchEvent(new Event("drafts"));
  };

  // The address names the draft, so that loading the page again finds it.
  const name = () => {
    const plain = location.pathname + location.search;
    const address = mine ? `${words.draftAt}#draft=${mine.id}` : plain;
    if (address !== plain + location.hash && (mine || location.hash.startsWith("#draft="))) {
      history.replaceState(history.state, "", address);
    }
  };

  // False where this device keeps nothing: then the form is the plain form that it is without us.
  const store = (more) => {
    clearTimeout(timer);
    timer = 0;
    const begun = { id: made(), begun: new Date().toISOString(), key: key.value, files: 0 };
    const before = mine ?? begun;
    const stored = mine && draft(mine.id);
    const twin = stored && stored.turn !== mine.turn;
    const frame = { title: words.draft, at: words.draftAt, action: form.getAttribute("action"), state: "open" };
    try {
      const id = twin ? made() : before.id;
      become(keep({ ...before, ...frame, id, pairs: pairs(form), ...more }));
    } catch {
      return false;
    }
    if (twin) name();
    say(twin ? words.twin : words.kept);
    return true;
  };

  const storeFiles = async () => {
    const chosen = files(form);
    if (!mine || (!chosen.length && !mine.files)) return;
    try {
      await keepFiles(mine.id, chosen);
      mine = keep({ ...mine, files: chosen.length });
    } catch {
      mine = keep({ ...mine, files: 0 });
      say(words.files);
    }
  };

  const changed = () => {
    if (!mine && store()) name();
    clearTimeout(timer);
    timer = setTimeout(store, PAUSE_MS);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", (event) => {
    changed();
    // Photos are made smaller first, by another script that hears of them at the same moment.
    if (event.target.type === "file") setTimeout(storeFiles, 4 * PAUSE_MS);
  });
  form.addEventListener("click", (event) => event.target.closest("[data-remove]") && setTimeout(changed));
  const settle = () => timer && store();
  addEventListener("pagehide", settle);
  addEventListener("visibilitychange", () => (document.hidden ? settle() : meet()));

  // What another window did with the same draft.
  const meet = (stored = mine && draft(mine.id)) => {
    if (!mine || busy) return;
    if (!stored) {
      clearTimeout(timer);
      timer = 0;
      become(null);
      name();
      say(words.gone);
    } else if (stored.turn !== mine.turn && !timer) {
      mine = stored;
      fill(form, stored.pairs);
    }
  };
  addEventListener("storage", (event) => mine && event.key === place(mine.id) && meet(read(event.newValue)));

  const hold = (on) => {
    busy = on;
    for (const button of form.querySelectorAll("[type=submit]")) {
      if (on) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };

  // The server's own page tells best what is wrong: it is asked again, as the plain form asks.
  const ask = (press) => {
    sessionStorage.setItem(ASKED, mine.id);
    mine = keep({ ...mine, state: "open" });
    if (press) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: press[0], value: press[1] }));
    form.submit();
  };

  const send = async () => {
    hold(true);
    say(words.sending);
    await storeFiles();
    const { press, id } = mine;
    const result = await attempt(id, files(form));
    if (result.state === "saved") {
      clearTimeout(timer);
      timer = 0;
      become(null);
      say("");
      go(result.where);
      return;
    }
    mine = draft(id);
    hold(false);
    if (!mine) become(null);
    else if (result.status && SHOWN_BY_SERVER.includes(result.state)) ask(press);
    say(words[result.state] ?? words.refused);
    if (result.state === "signin") status?.append(" ", signIn());
  };

  const signIn = () => {
    const link = document.createElement("a");
    link.className = "hs-link";
    link.textContent = words.signinLink;
    link.href = `${words.login}?next=${encodeURIComponent(`${words.draftAt}#draft=${mine.id}`)}`;
    return link;
  };

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.hasAttribute("data-show")) return;
    if (busy) {
      event.preventDefault();
      return;
    }
    const press = button?.name ? [button.name, button.value] : null;
    if (!store({ state: "waiting", press })) return;
    event.preventDefault();
    send();
  });

  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    hold(false);
    meet();
  });

  const again = () => navigator.onLine && !busy && ["waiting", "busy"].includes(mine?.state) && send();
  addEventListener("online", again);
  setInterval(again, AGAIN_MS);

  // How this page was reached: as the answer to a draft, by the address of one, or afresh.
  const refused = document.querySelector("main [data-errors]");
  const asked = draft(sessionStorage.getItem(ASKED));
  sessionStorage.removeItem(ASKED);
  const named = draft(new URLSearchParams(location.hash.slice(1)).get("draft"));
  if (refused) {
    if (asked?.at !== words.draftAt) return;
    mine = asked;
    mine.key = key.value || asked.key;
    key.value = mine.key;
    store();
    name();
    fillFiles(form, mine.id);
  } else if (named?.at === words.draftAt) {
    become(named);
    fill(form, named.pairs);
    fillFiles(form, named.id).then(() => {
      if (SHOWN_BY_SERVER.includes(named.state) && navigator.onLine) ask(named.press);
      else if (named.state === "waiting" || named.state === "signin") send();
    });
    say(words.kept);
  } else {
    key.value = made();
    name();
  }
};

for (const form of document.querySelectorAll("form[data-draft]")) attach(form);
