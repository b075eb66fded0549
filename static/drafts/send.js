// Sending: a draft goes to the server under its own key, so that it takes effect once, however often it is sent.
import { draft, drafts, drop, keep, keptFiles } from "./store.js";

const PATIENCE_MS = 30_000;
const SAVED = 204;
const STATES = { 401: "signin", 409: "conflict" };

const refusal = (status) => {
  if (STATES[status]) return STATES[status];
  return status >= 500 || status === 429 || status < 400 ? "busy" : "refused";
};

// One window at a time; where windows can't be asked, the key alone keeps it from counting twice.
const alone = (work) => (navigator.locks ? navigator.locks.request("hs-drafts", work) : work());

const post = async (it, files) => {
  const body = new FormData();
  for (const [name, value] of it.pairs) body.append(name, value);
  body.append("idempotency_key", it.key);
  if (it.press) body.append(...it.press);
  for (const [name, file] of files) body.append(name, file);
  const address = new URL(it.action, location.href);
  if (address.origin !== location.origin) return { state: "refused" };
  let answer;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    answer = await fetch(address, { method: "POST", body, signal, headers: { "X-Draft": "1" } });
  } catch {
    return { state: "waiting" };
  }
  const where = answer.headers.get("Location");
  if (answer.status === SAVED && where) return { state: "saved", where };
  return { state: refusal(answer.status), status: answer.status };
};

// Sends the draft `id` now; `files` are those of the form at hand, else those that were kept. Gives `state`, and
// `where` it stands once it is saved. Whatever else happens, the draft stays.
export const attempt = (id, files) =>
  alone(async () => {
    const it = draft(id);
    if (!it) return { state: "gone" };
    const sent = files ?? (await keptFiles(id));
    if (sent.length < it.files) return { state: "refused" };
    const result = navigator.onLine ? await post(it, sent) : { state: "waiting" };
    const now = draft(id);
    // Text that was added on the way is not what was saved: it stays, and the server tells the two apart by the key.
    if (result.state === "saved" && (!now || now.turn === it.turn)) await drop(id);
    else if (now) keep({ ...now, state: now.turn === it.turn ? result.state : "open" });
    return result;
  });

const AGAIN = ["waiting", "busy"];
const PRESSED = [...AGAIN, "signin"];

// All drafts that somebody pressed to send; gives those that were saved, with where they stand.
export const flush = async (except) => {
  const saved = [];
  for (const it of drafts()) {
    if (it.id === except || !PRESSED.includes(it.state)) continue;
    const result = await attempt(it.id);
    if (result.state === "saved") saved.push({ ...it, where: result.where });
    if (result.state === "waiting" || result.state === "signin") break;
  }
  return saved;
};

// Whether trying again by itself may help; a lost sign-in waits for the next page.
export const waits = () => drafts().some((it) => AGAIN.includes(it.state));
