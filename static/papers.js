// The bars of reports that are being made: asked for every two seconds, and the page is shown anew when one is ready.
// Without script a link shows it anew.
(() => {
  const EVERY_MS = 2000;
  const bars = [...document.querySelectorAll("[data-paper]")];
  if (!bars.length) return;

  const look = async (bar) => {
    const answer = await fetch(bar.dataset.paper, { headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    const told = await answer.json();
    bar.querySelector("progress").value = told.progress;
    bar.querySelector("[data-progress]").textContent = String(told.progress);
    return told.state === "done" || told.state === "failed";
  };

  const turn = async () => {
    // A form that somebody fills in is not thrown away: the page waits until it is left alone.
    const busy = document.activeElement?.closest("form");
    let ready = [];
    if (!document.hidden) {
      ready = await Promise.all(bars.map((bar) => look(bar).catch(() => false)));
    }
    if (ready.some(Boolean) && !busy) {
      location.replace(location.href);
      return;
    }
    setTimeout(turn, EVERY_MS);
  };
  setTimeout(turn, EVERY_MS);
})();
