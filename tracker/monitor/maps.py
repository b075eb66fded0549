"""Maps: the rollout as a folium map of layers, one per kind of thing, without any user text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import folium
from folium.elements import MacroElement
from folium.template import Template
from markupsafe import Markup

from tracker.monitor.areas import Place
from tracker.monitor.boundaries import (
    HEIGHT,
    WIDTH,
    path,
    place,
    place_of,
    province_path,
    reach,
    spot,
    whereabouts,
)
from tracker.monitor.leaders import Leader, Link
from tracker.rollout import SiteRecord

# The first view holds the country with 울릉도 and 독도.
SOUTH_WEST, NORTH_EAST = (33.0, 124.6), (38.7, 131.95)
ULLEUNGDO, DOKDO = (37.5, 130.87), (37.24, 131.87)
EAST_SEA, YELLOW_SEA = (36.2, 130.9), (35.75, 125.3)
# Names on the small drawing and pills on the map: gap to the site, height of a line, width of a
# letter and what a pill adds to both, as on a phone, where maps are small and letters are not.
GAP, LINE, LETTER, PILL = 4, 22, 11, (40, 12)
MOST_PILLS = 40  # more names than these would cover the map; the list has them all
MIDDLE = 205  # names stand on the side of the nearer coast


class Land(MacroElement):  # type: ignore[misc]
    """Municipalities and provinces, fetched from us once and kept by the browser, and on them
    the places that the map is about and who coached whom."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        const map = {{ this._parent.get_name() }};
        const land = L.layerGroup().addTo(map);
        for (const [a, b, c, d, weight] of {{ this.lines|tojson }}) {
          const bow = [(a + c) / 2 + (d - b) / 8, (b + d) / 2 - (c - a) / 8];
          L.polyline([[a, b], bow, [c, d]], {
            interactive: false, smoothFactor: 0, weight, pane: "links", className: "hs-link-line",
          }).addTo(map);
          L.circleMarker([a, b], {
            interactive: false, radius: 5, pane: "links", className: "hs-host",
          }).addTo(map);
        }
        fetch({{ this.address|tojson }}).then((answer) => answer.json()).then((shapes) => {
          const known = new Map();
          for (const shape of Object.values(shapes)) {
            for (const it of shape.features) known.set(it.properties.code, it);
          }
          window.hsDraw = (slug, key, shade) => {
            if (!known.has(key)) return;
            const layer = L.geoJson(known.get(key), {
              style: { className: "hs-site hs-fill-" + shade },
            }).addTo(map);
            layer.eachLayer((it) => (window.hsSites = window.hsSites || []).push([slug, it]));
          };
          for (const it of {{ this.places|tojson }}) window.hsDraw(...it);
          for (const [slug, key] of {{ this.leaders|tojson }}) {
            if (!known.has(key)) continue;
            const style = { className: "hs-leader" };
            const layer = L.geoJson(known.get(key), { pane: "leaders", style }).addTo(map);
            layer.eachLayer((it) => (window.hsSites = window.hsSites || []).push([slug, it]));
          }
          // What the map is about comes first; the land below it in a task of its own.
          requestAnimationFrame(() => setTimeout(() => {
            for (const name of ["land", "province"]) {
              L.geoJson(shapes[name], {
                interactive: false, pane: "land", style: { className: "hs-" + name },
              }).addTo(land);
            }
          }));
        });
        {% endmacro %}
        """
    )

    def __init__(
        self, address: str, rows: Sequence[Place], coached: Sequence[Link], ahead: Sequence[Leader]
    ) -> None:
        super().__init__()
        self._name = "Land"
        self.address = address
        self.places = [[it.slug, it.key, it.shade] for it in rows if it.key]
        self.leaders = [[it.slug, it.key] for it in ahead if it.key]
        self.lines = [[*it.line, weight(it.minutes)] for it in coached if it.line]


class Pane(MacroElement):  # type: ignore[misc]
    """Panes below the sites, so that land that arrives late does not cover them, and above."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.createPane("land").style.zIndex = 350;
        {{ this._parent.get_name() }}.createPane("leaders").style.zIndex = 440;
        {{ this._parent.get_name() }}.createPane("links").style.zIndex = 450;
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "Pane"


def rollout_map(
    rows: Sequence[Place],
    coached: Sequence[Link] = (),
    ahead: Sequence[Leader] = (),
    *,
    land: str,
    tiles: tuple[str, str] | None = None,
) -> tuple[Markup, Markup]:
    """The map of `rows` as HTML and script, to be placed in a page with a nonce.

    `land` is the address of the boundaries, which shapes are taken from; `coached` are drawn as
    lines, `ahead` as outlines; `tiles` is an operator's tile address and attribution. Only slugs,
    codes, classes and numbers go in: folium writes what it is given as raw script.
    """
    made = folium.Map(
        tiles=None,
        zoom_control=False,  # map.js adds it and the scale, in the reader's language
        scroll_wheel_zoom=False,
        zoom_snap=0.1,
        attribution_control=tiles is not None,
    )
    # As arguments these two would go to a layer of tiles, which need not be there.
    made.options |= {"min_zoom": 5, "max_zoom": 12}
    if tiles:
        folium.TileLayer(tiles=tiles[0], attr=str(Markup.escape(tiles[1]))).add_to(made)
    Pane().add_to(made)
    Land(land, rows, coached, ahead).add_to(made)
    made.fit_bounds([SOUTH_WEST, NORTH_EAST])
    figure = made.get_root()
    figure.render()
    return Markup(figure.html.render()), Markup(figure.script.render())  # noqa: S704 - slugs and states only


def weight(minutes: int | None) -> int:
    """How wide a line is, in pixels: with each hour one more, at most 6."""
    return min(6, 1 + (minutes or 0) // 60)


def boundary_of(record: SiteRecord) -> dict[str, Any] | None:
    """The boundary of the site's municipality, by any code that it ever had."""
    return place_of({code.code for code in record.site.municipality.codes})


def drawing(records: Sequence[SiteRecord], ahead: Sequence[Leader] = ()) -> dict[str, Any]:
    """A small map for a page without script: paths, and where each name stands."""
    sites: list[dict[str, Any]] = []
    names: list[Box] = []
    pills: list[Box] = []
    # Without script a map of very many sites is the country and the list.
    for record in records if len(records) <= MOST_PILLS else ():
        boundary = boundary_of(record)
        if boundary is not None:
            x, y = spot(boundary)
            letters = len(record.municipality.short_en)
            name = side(reach(boundary), y, (letters * LETTER, LINE), names)
            known = {"record": record, "x": x, "y": y, "name": name}
            sites.append(known | {"pill": pill(boundary, letters, pills), "path": path(boundary)})
    told = {site["record"].slug: site["pill"] for site in sites}
    for it in ahead if len(ahead) <= MOST_PILLS else ():
        boundary = place_of({code.code for code in it.town.codes}) if it.town else None
        if boundary is not None:
            told[it.slug] = pill(boundary, len(it.name_en.partition("-")[0]), pills)
    named = {"ulleungdo": ULLEUNGDO, "dokdo": DOKDO, "east_sea": EAST_SEA, "yellow_sea": YELLOW_SEA}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "land": province_path(),
        "sites": sites,
        "pills": told,
        "degrees": named,
        "places": {name: place(*where) for name, where in named.items()},
    }


def pill(boundary: dict[str, Any], letters: int, taken: list[Box]) -> dict[str, Any]:
    """Where the pill of a name of so many letters stands beside `boundary`."""
    size = letters * LETTER + PILL[0], LINE + PILL[1]
    return side(reach(boundary), spot(boundary)[1], size, taken)


class Box(NamedTuple):
    """What a name covers, in the units of the drawing."""

    x: float
    y: float
    x2: float
    y2: float

    def overlap(self, other: Box) -> float:
        """The area that both cover."""
        wide = min(self.x2, other.x2) - max(self.x, other.x)
        high = min(self.y2, other.y2) - max(self.y, other.y)
        return max(0, wide) * max(0, high)


def side(
    reached: tuple[float, float], y: float, size: tuple[int, int], taken: list[Box]
) -> dict[str, Any]:
    """Where a name of `size` stands beside its site, away from the names in `taken`.

    The side of the nearer coast comes first, then the other one, then half a line lower or higher.
    """
    west, east = reached[0] - GAP, reached[1] + GAP
    wide, high = size
    choices = []
    for shift in (0, high / 2, -high / 2):
        top = y + shift - high / 2
        left = ("left", west, Box(west - wide, top, west, top + high))
        right = ("right", east, Box(east, top, east + wide, top + high))
        choices += [left, right] if reached[0] + reached[1] < 2 * MIDDLE else [right, left]
    where, x, box = min(choices, key=lambda it: sum(it[2].overlap(other) for other in taken))
    taken.append(box)
    middle = box.y + high / 2
    lat, lon = whereabouts(x, middle)
    return {"side": where, "x": x, "y": middle, "lat": lat, "lon": lon}
