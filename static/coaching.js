// Makes the form of a session quicker: what the chosen site planned shows without a button, and
// coming back to the form finds it as it was sent, so that sending it again adds nothing.
(() => {
  const form = document.querySelector("[data-session]");
  if (!form) return;
  const button = form.querySelector("[data-show]");
  const place = button.parentElement;
  button.remove();

  // Owners near the site come first in every row, those chosen stay chosen.
  const reorder = (page) => {
    const fresh = page.querySelector("#action-row").content.querySelector("select");
    const template = document.querySelector("#action-row").content.querySelector("select");
    for (const select of [...form.querySelectorAll("[data-row-of=action-row] select"), template]) {
      const chosen = select.value;
      select.replaceChildren(...fresh.cloneNode(true).children);
      select.value = chosen;
    }
  };

  const show = async () => {
    if (!navigator.onLine) return; // the list of all solutions is there without a network, too
    const sent = new FormData(form);
    sent.set("show", "site");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-part]")) {
        part.replaceWith(page.querySelector(`[data-part="${part.dataset.part}"]`));
      }
      reorder(page);
    } catch {
      place.append(button);
    }
  };
  form.elements.site.addEventListener("change", show);

  const fill = (pairs) => {
    for (const [kind, first] of [["action", /^actions-\d+-what$/], ["person", /^persons-\d+-name$/]]) {
      const rows = pairs.filter(([name]) => first.test(name));
      const add = form.querySelector(`[data-add=${kind}-row]`);
      while (add && form.querySelectorAll(`[data-row-of=${kind}-row]`).length < rows.length) add.click();
    }
    for (const control of form.elements) {
      const values = pairs.filter(([name]) => name === control.name).map(([, value]) => value);
      if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
      else if (values.length) control.value = values[0];
    }
    document.activeElement.blur();
  };

  // What was sent is kept for as long as this tab is open, under a name that its history knows.
  const name = history.state?.sent ?? `sent-${Date.now()}`;
  const tell = () => history.replaceState({ sent: name }, "");
  tell();
  window.addEventListener("hashchange", tell);
  form.addEventListener("submit", () => {
    sessionStorage.setItem(name, JSON.stringify([...new FormData(form)]));
  });
  window.addEventListener("pageshow", (event) => {
    const [visit] = performance.getEntriesByType("navigation");
    const sent = sessionStorage.getItem(name);
    if (event.persisted || visit?.type !== "back_forward" || !sent) return;
    fill(JSON.parse(sent));
    if (form.elements.site.value) show();
  });
})();
