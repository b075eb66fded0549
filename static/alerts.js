// The mark in the menu: how many alerts wait for whoever is signed in. Asked at most every five minutes; the inbox
// itself knows the number and tells it. Without script the menu leads there all the same.
(() => {
  const marks = document.querySelectorAll("[data-alerts-of]");
  if (!marks.length) return;
  const FRESH_MS = 5 * 60 * 1000;
  const name = `alerts of ${marks[0].dataset.alertsOf}`;

  const show = (count) => {
    for (const mark of marks) {
      mark.hidden = !count;
      mark.querySelector("[data-number]").textContent = count > 99 ? "99+" : String(count);
    }
  };
  const keep = (count) => {
    sessionStorage.setItem(name, JSON.stringify({ count, at: Date.now() }));
    show(count);
  };

  const here = document.querySelector("[data-alerts-now]");
  if (here) {
    keep(Number(here.dataset.alertsNow));
    return;
  }
  const known = JSON.parse(sessionStorage.getItem(name) || "null");
  if (known && Date.now() - known.at < FRESH_MS) {
    show(known.count);
    return;
  }
  fetch("/alerts/count", { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((told) => told && keep(told.open))
    .catch(() => {}); // the page does without
})();
