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
    const name = document.createElement("span");
    name.className = "hs-pill-name";
    name.textContent = item.dataset.name;
    made.replaceChildren(item.querySelector(".hs-sign > *").cloneNode(true), name, told);
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

  // A pill stands on its own side, else where it hides none of those before it and stays inside the map: on the
  // other side, or a row further up or down. Where there is no room it shows its name only when it is pointed at.
  const SIDES = ["left", "right"];
  const ROWS = [0, 1, -1];

  const settle = (map, pins) => {
    const room = map.getSize().x - 4;
    for (const [, made] of pins) made.classList.remove("hs-pill-bare");
    const sizes = pins.map(([, made]) => [made.offsetWidth, made.offsetHeight]);
    const taken = [];
    for (const [n, [marker, made, own]] of pins.entries()) {
      const { x, y } = map.latLngToContainerPoint(marker.getLatLng());
      const [wide, high] = sizes[n];
      const boxes = ROWS.flatMap((row) => [own, ...SIDES.filter((it) => it !== own)].map((side) => {
        const left = side === "left" ? x - wide : x;
        const top = y + (row - 0.5) * high;
        return { side, row, left, top, right: left + wide, bottom: top + high };
      }));
      const free = (box) => box.left >= 4 && box.right <= room && !taken.some((it) =>
        it.left < box.right && box.left < it.right && it.top < box.bottom && box.top < it.bottom);
      const found = boxes.find(free);
      const box = found ?? boxes[0];
      if (found) taken.push(box);
      for (const side of SIDES) marker.getElement().classList.toggle(`hs-pin-${side}`, side === box.side);
      const over = Math.max(0, 4 - box.left) - Math.max(0, box.right - room);
      Object.assign(made.style, { top: `${box.row * high}px`, left: `${over}px` });
      made.classList.toggle("hs-pill-bare", !found);
      marker.setZIndexOffset(found ? 0 : -1000);
    }
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
    const pins = [...document.querySelectorAll("[data-site][data-lat]")].map((item) => {
      const made = pill(item);
      const marker = pin(this, item, made, item.dataset.side, {});
      add(item.dataset.site, marker);
      return [marker, made, item.dataset.side];
    });
    this.once("moveend", () => settle(this, pins));
    this.on("zoomend resize", () => settle(this, pins));
  });
})();
