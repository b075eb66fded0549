"""Maps: the rollout as a folium map of layers, one per kind of thing, without any user text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import folium
from folium.elements import MacroElement
from folium.template import Template
from markupsafe import Markup

from tracker.boundaries import HEIGHT, WIDTH, path, place_of, province_path, spot
from tracker.rollout import SiteRecord

# The first view holds the country with 울릉도 and 독도.
SOUTH_WEST, NORTH_EAST = (33.0, 124.6), (38.7, 131.95)


class Land(MacroElement):  # type: ignore[misc]
    """Municipalities and provinces, fetched from us once and kept by the browser."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        const land = L.layerGroup().addTo({{ this._parent.get_name() }});
        fetch({{ this.address|tojson }}).then((answer) => answer.json()).then((shapes) => {
          for (const [name, shape] of Object.entries(shapes)) {
            L.geoJson(shape, {
              interactive: false, pane: "land", style: { className: "hs-" + name },
            }).addTo(land);
          }
        });
        {% endmacro %}
        """
    )

    def __init__(self, address: str) -> None:
        super().__init__()
        self._name = "Land"
        self.address = address


class Pane(MacroElement):  # type: ignore[misc]
    """A pane below the sites, so that land that arrives late does not cover them."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.createPane("land").style.zIndex = 350;
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "Pane"


def rollout_map(
    records: Sequence[SiteRecord], *, land: str, tiles: tuple[str, str] | None = None
) -> tuple[Markup, Markup]:
    """The map of `records` as HTML and script, to be placed in a page with a nonce.

    `land` is the address of the boundaries; `tiles` an operator's tile address and attribution.
    Only slugs and states go in: folium writes what it is given as raw script.
    """
    made = folium.Map(
        tiles=None,
        zoom_control="topright",
        scrollWheelZoom=False,
        control_scale=True,
        zoom_snap=0.25,
        min_zoom=5,
        max_zoom=12,
        attribution_control=True,
    )
    if tiles:
        folium.TileLayer(tiles=tiles[0], attr=str(Markup.escape(tiles[1]))).add_to(made)
    Pane().add_to(made)
    Land(land).add_to(made)
    folium.GeoJson(
        shapes(records),
        name="sites",
        style_function=lambda feature: {
            "className": f"hs-site hs-fill-{feature['properties']['state']}"
        },
        on_each_feature=folium.JsCode(
            "(feature, layer) => {"
            " (window.hsSites = window.hsSites || []).push([feature.properties.slug, layer]); }"
        ),
    ).add_to(made)
    made.fit_bounds([SOUTH_WEST, NORTH_EAST])
    figure = made.get_root()
    figure.render()
    return Markup(figure.html.render()), Markup(figure.script.render())  # noqa: S704 - slugs and states only


def shapes(records: Sequence[SiteRecord]) -> dict[str, Any]:
    """The boundaries of the sites, each with its slug and state."""
    features = [
        {
            "type": "Feature",
            "geometry": boundary_of(record),
            "properties": {"slug": record.slug, "state": record.state.value},
        }
        for record in records
    ]
    known = [feature for feature in features if feature["geometry"] is not None]
    return {"type": "FeatureCollection", "features": known}


def boundary_of(record: SiteRecord) -> dict[str, Any] | None:
    """The boundary of the site's municipality, by any code that it ever had."""
    return place_of({code.code for code in record.site.municipality.codes})


def drawing(records: Sequence[SiteRecord]) -> dict[str, Any]:
    """A small map for a page without script: paths, and where each name stands."""
    sites = []
    for record in records:
        boundary = boundary_of(record)
        if boundary is not None:
            x, y = spot(boundary)
            sites.append({"record": record, "path": path(boundary), "x": x, "y": y})
    return {"width": WIDTH, "height": HEIGHT, "land": province_path(), "sites": sites}
