// Shows what the chosen site planned while the form is filled in; without this a button does it.
(() => {
  const form = document.querySelector("[data-session]");
  const button = form?.querySelector("[data-show]");
  if (!button) return;
  const place = button.parentElement;
  button.remove();

  // Owners near the site come first in every row, those chosen stay chosen.
  const reorder = (page) => {
    const fresh = page.querySelector("#action-row").content.querySelector("select");
    const template = document.querySelector("#action-row").content.querySelector("select");
    for (const select of [...form.querySelectorAll("[data-row-of] select"), template]) {
      const chosen = select.value;
      select.replaceChildren(...fresh.cloneNode(true).children);
      select.value = chosen;
    }
  };

  form.elements.site.addEventListener("change", async () => {
    const sent = new FormData(form);
    sent.set("show", "site");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-part]")) {
        const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
        if (fresh) part.replaceWith(fresh);
      }
      reorder(page);
    } catch {
      place.append(button);
    }
  });
})();
