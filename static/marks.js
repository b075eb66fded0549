// Opens the source behind a mark beside it (or as a sheet on the phone); without this the mark is a plain link.
(() => {
  const template = document.getElementById("hs-source");
  if (!template) return;

  let card = null;
  let shade = null;
  let opener = null;

  const close = (back) => {
    if (!card) return;
    card.remove();
    shade.remove();
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus();
    card = shade = opener = null;
  };

  // Only these schemes become links: the address comes from the record, not from us.
  const safe = (address) => {
    try {
      return ["http:", "https:"].includes(new URL(address, location.href).protocol);
    } catch {
      return false;
    }
  };

  const place = () => {
    if (!window.matchMedia("(min-width: 768px)").matches) return;
    const box = opener.getBoundingClientRect();
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    const left = Math.max(8, Math.min(box.left - 24, room));
    const below = box.bottom + 8;
    const above = box.top - 8 - card.offsetHeight;
    const top = below + card.offsetHeight > window.innerHeight && above > 0 ? above : below;
    card.style.left = `${left + window.scrollX}px`;
    card.style.top = `${top + window.scrollY}px`;
  };

  const open = (mark) => {
    close(false);
    opener = mark;
    card = template.content.firstElementChild.cloneNode(true);
    const title = card.querySelector("h2");
    title.textContent = mark.dataset.mark;
    for (const row of card.querySelectorAll("[data-row]")) {
      const text = mark.dataset[row.dataset.row];
      if (text) row.querySelector("dd").textContent = text;
      else row.remove();
    }
    const source = mark.getAttribute("href");
    const addresses = {
      href: source.startsWith("#") ? null : source,
      history: mark.dataset.history,
      report: mark.dataset.report,
    };
    const links = card.querySelector(".hs-source-links");
    for (const link of links.querySelectorAll("[data-link]")) {
      const address = addresses[link.dataset.link];
      if (address && safe(address)) link.href = address;
      else link.remove();
    }
    if (!links.children.length) links.remove();

    shade = document.createElement("div");
    shade.className = "hs-shade";
    document.body.append(shade, card);
    mark.setAttribute("aria-expanded", "true");
    place();
    title.focus({ preventScroll: true });
  };

  for (const mark of document.querySelectorAll("a.hs-mark")) {
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-haspopup", "dialog");
    mark.setAttribute("aria-expanded", "false");
  }

  document.addEventListener("click", (event) => {
    const mark = event.target.closest("a.hs-mark");
    if (mark) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      if (mark === opener) close(true);
      else open(mark);
    } else if (card && (event.target.closest(".hs-close") || !card.contains(event.target))) {
      close(Boolean(event.target.closest(".hs-close, .hs-shade")));
    }
  });

  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.("a.hs-mark");
    if (mark && event.key === " ") {
      event.preventDefault();
      mark.click();
    } else if (card && event.key === "Escape") {
      close(true);
    }
  });

  // Leaving the card by the keyboard closes it, so that nothing open is left behind.
  document.addEventListener("focusin", (event) => {
    if (!card || card.contains(event.target) || event.target === opener) return;
    close(true);
  });

  window.addEventListener("resize", () => card && place());
})();
