// Joins the list of sites and the map: what is chosen in one is marked in the other. Puts a pill with ball and name
// beside each site, in the order of the list, and the names of seas and islands.
//
// List: elements with data-site="slug". Map: the page calls hsMap.add("slug", layer) for each Leaflet layer
// (a path or a marker), at any time; before this file has run it may push ["slug", layer] to window.hsSites.
// data-lat, data-lon, data-side and data-name of an item say where its pill stands and what it is called.
// Each choice is told to the page as the event "hs:site" with {site, from: "list" | "map"} in its detail.
(() => {
  const layers = new Map();
  const pills = new Map();
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
    // Where the list is not beside the map, going to it would take the map out of sight.
    if (from === "map" && window.matchMedia("(min-width: 1024px)").matches) {
      for (const item of document.querySelectorAll("[data-site]")) {
        if (item.dataset.site === site) item.scrollIntoView({ block: "nearest" });
      }
    }
    document.dispatchEvent(new CustomEvent("hs:site", { detail: { site, from } }));
  };

  const add = (site, layer) => {
    layers.set(site, [...(layers.get(site) ?? []), layer]);
    layer.on("click", () => choose(site, "map"));
    // A shape that listens for focus becomes a stop of the Tab key: the pills and the list are.
    const drawn = element(layer);
    if (drawn && !drawn.matches("path")) drawn.addEventListener("focus", () => choose(site, "map"));
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

  const at = (thing) => [Number(thing.dataset.lat), Number(thing.dataset.lon)];

  const pin = (map, thing, html, kind, options) => {
    const icon = L.divIcon({ html, className: `hs-pin hs-pin-${kind}`, iconSize: null });
    return L.marker(at(thing), { icon, ...options }).addTo(map);
  };

  const fill = (made, item) => {
    const told = document.createElement("span");
    told.className = "hs-hidden";
    told.textContent = ` ${item.querySelector("[data-told]").textContent}`;
    made.replaceChildren(item.querySelector(".hs-sign > *").cloneNode(true), item.dataset.name, told);
  };

  const pill = (item) => {
    const made = document.createElement("span");
    made.className = "hs-pill";
    fill(made, item);
    pills.set(item.dataset.site, made);
    return made;
  };

  // What the months change: the class of a shape, the pill of a line, a shape that was not there.
  const paint = (site, shade) => {
    for (const layer of layers.get(site) ?? []) {
      const drawn = element(layer);
      if (drawn?.matches("path")) {
        drawn.classList.remove(...[...drawn.classList].filter((name) => name.startsWith("hs-fill-")));
        drawn.classList.add(`hs-fill-${shade}`);
      } else if (drawn) drawn.hidden = shade === "none";
    }
  };

  const retell = (item) => {
    const made = pills.get(item.dataset.site);
    if (made) fill(made, item);
  };

  const draw = (site, key) => {
    if (!layers.has(site)) window.hsDraw?.(site, key, "none");
  };
  Object.assign(window.hsMap, { draw, paint, retell });

  const keepInside = (made, frame) => {
    const box = made.getBoundingClientRect();
    const room = frame.getBoundingClientRect();
    const over = Math.max(0, room.left + 4 - box.left) - Math.max(0, box.right + 4 - room.right);
    made.style.marginLeft = `${over}px`;
  };

  window.L?.Map.addInitHook(function furnish() {
    const words = this.getContainer().closest(".hs-map")?.dataset;
    if (!words) return;
    const wide = window.matchMedia("(min-width: 1024px)").matches;
    const controls = { zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut };
    L.control.zoom({ position: wide ? "topright" : "bottomleft", ...controls }).addTo(this);
    L.control.scale({ position: wide ? "bottomleft" : "bottomright", imperial: false }).addTo(this);
    this.attributionControl?.setPrefix(false);
    // Paper has another width: what is in sight on the screen is in sight on it.
    let seen = null;
    window.matchMedia("print").addEventListener("change", ({ matches }) => {
      seen = matches ? this.getBounds() : seen;
      this.invalidateSize({ animate: false, pan: false });
      this.fitBounds(seen, { animate: false });
    });
    const labels = document.getElementById("hs-map-labels")?.content.children ?? [];
    for (const label of labels) {
      pin(this, label, label.cloneNode(true), "label", { interactive: false, keyboard: false });
    }
    for (const item of document.querySelectorAll("[data-site][data-lat]")) {
      const made = pill(item);
      add(item.dataset.site, pin(this, item, made, item.dataset.side, {}));
      this.once("moveend", () => keepInside(made, this.getContainer()));
    }
  });
})();
