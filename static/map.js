// Joins the list of sites and the map: what is chosen in one is marked in the other.
//
// List: elements with data-site="slug". Map: the page calls hsMap.add("slug", layer) for each Leaflet layer
// (a path or a marker), at any time; before this file has run it may push ["slug", layer] to window.hsSites.
// Each choice is told to the page as the event "hs:site" with {site, from: "list" | "map"} in its detail.
(() => {
  const layers = new Map();
  let chosen = null;

  const element = (layer) => layer.getElement?.() ?? null;

  const mark = (site, on) => {
    for (const item of document.querySelectorAll("[data-site]")) {
      if (item.dataset.site === site) item.classList.toggle("hs-on", on);
    }
    for (const layer of layers.get(site) ?? []) {
      const drawn = element(layer);
      drawn?.classList.toggle("hs-on", on);
      drawn?.querySelector(".hs-pill")?.classList.toggle("hs-on", on);
      if (on) layer.bringToFront?.();
    }
  };

  const choose = (site, from) => {
    if (site === chosen) return;
    if (chosen !== null) mark(chosen, false);
    chosen = site;
    mark(site, true);
    if (from === "map") {
      for (const item of document.querySelectorAll("[data-site]")) {
        if (item.dataset.site === site) item.scrollIntoView({ block: "nearest" });
      }
    }
    document.dispatchEvent(new CustomEvent("hs:site", { detail: { site, from } }));
  };

  const add = (site, layer) => {
    layers.set(site, [...(layers.get(site) ?? []), layer]);
    layer.on("click", () => choose(site, "map"));
    element(layer)?.addEventListener("focus", () => choose(site, "map"));
    if (site === chosen) mark(site, true);
  };

  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const item = event.target.closest("[data-site]");
      if (item) choose(item.dataset.site, "list");
    });
  }

  const early = window.hsSites ?? [];
  window.hsMap = { add, choose };
  window.hsSites = { push: (...pairs) => pairs.forEach(([site, layer]) => add(site, layer)) };
  early.forEach(([site, layer]) => add(site, layer));
})();
