// Units on the map: where the box of the key is ticked, the part in view is asked for square by square, so that the
// answer never grows with the number of units. A circle tells how many there are, its fill how many of those looked
// at work, in thirds; the register tells the same as a list.
(() => {
  const box = document.querySelector("[data-units-at]");
  if (!box || !window.L) return;
  const words = box.dataset;
  const SMALLEST = 4;
  const LARGEST = 14;
  const LAND = { west: 123, south: 32, east: 133, north: 40 };
  let asking = null;

  const view = (map) => {
    const seen = map.getBounds();
    const west = Math.max(seen.getWest(), LAND.west);
    const east = Math.min(seen.getEast(), LAND.east);
    const south = Math.max(seen.getSouth(), LAND.south);
    const north = Math.min(seen.getNorth(), LAND.north);
    return west < east && south < north ? [west, south, east, north] : null;
  };

  const share = (cell) => {
    if (!cell.inspected) return "unknown";
    const working = cell.working / cell.inspected;
    if (working === 1) return "all";
    return working >= 2 / 3 ? "most" : "few";
  };

  const tell = (cell) => {
    const said = cell.inspected ? words.unitsSeen : words.unitsUnseen;
    const text = document.createElement("span");
    text.textContent = said.replace(/\{(\w+)\}/g, (_all, name) => cell[name].toLocaleString());
    return text;
  };

  const draw = (cells, layer) => {
    layer.clearLayers();
    const most = Math.max(1, ...cells.map((cell) => cell.units));
    for (const cell of cells) {
      const radius = SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(cell.units / most);
      const className = `hs-units hs-units-${share(cell)}`;
      L.circleMarker([cell.lat, cell.lon], { radius, className, cell }).addTo(layer);
    }
  };

  const ask = async (map, layer) => {
    asking?.abort();
    const bounds = box.checked ? view(map) : null;
    if (!bounds) {
      layer.clearLayers();
      return;
    }
    asking = new AbortController();
    const address = new URL(words.unitsAt, location.href);
    address.searchParams.set("bbox", bounds.map((degrees) => degrees.toFixed(4)).join());
    try {
      const answer = await fetch(address, { signal: asking.signal });
      if (answer.ok) draw((await answer.json()).cells, layer);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };

  L.Map.addInitHook(function withUnits() {
    if (!this.getContainer().closest(".hs-map")) return;
    // One tooltip for all, filled in when it opens: most circles are never pointed at.
    const layer = L.featureGroup().bindTooltip((it) => tell(it.options.cell)).addTo(this);
    this.on("moveend", () => ask(this, layer));
    box.addEventListener("change", () => ask(this, layer));
  });
})();
