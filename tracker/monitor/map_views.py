"""Routes of the map: the page, its rows as files and for programs, its boundaries, its months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, true
from sqlalchemy.orm import lazyload

from catalog.solutions import solutions_to_choose
from common.api import Route
from common.dated import dated
from common.db import db
from common.delivery import keep_for_good
from common.facts import When, days_told, today
from common.locale import word
from common.permissions import Can, requires
from common.resource import dates, without_each
from common.rows import FILE_TYPES, geojson, write
from common.schema import Schema
from common.web import Refused, asked
from tracker import pages
from tracker.monitor.areas import (
    BARE,
    MapFilters,
    Place,
    SitePlaceSchema,
    Spot,
    geometry_of,
    in_order,
    places,
    province_names,
    schema_of,
    within,
)
from tracker.monitor.boundaries import BASE_DATE, boundaries
from tracker.monitor.layers import COUNTED, Area, Layer, bounds_of, classes_of
from tracker.monitor.leaders import (
    Leader,
    LeaderSchema,
    Link,
    LinkSchema,
    leader_place,
    leaders,
    link_place,
    links,
)
from tracker.monitor.maps import MOST_PILLS, drawing, rollout_map
from tracker.monitor.replay import month_ends, replay
from tracker.progress import Progress
from tracker.register.register import find_units
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records
from tracker.rounds import Round, Track
from tracker.sites import Site
from tracker.states import State
from tracker.views import bp

SORTS = ("value", "-value")
ABOUT_SITES = ("q", "track", "solution", "state", "as_of", "known_on")
FORMATS = (*FILE_TYPES, "geojson")


def sites_asked(filters: dict[str, Any], options: Sequence[Any] = BARE) -> list[Site]:
    """The sites that meet `filters`."""
    query = find_sites(**about_sites(filters)).options(*options)
    return within(db.session.scalars(query).all(), filters["province"])


def rows_of(records: Sequence[SiteRecord | Spot], filters: dict[str, Any]) -> list[Place]:
    """The rows of the map for `records`, in the order that is asked for."""
    sort = request.args.get("sort", "").strip()
    if sort and sort not in SORTS:
        names = ", ".join(SORTS)
        raise Refused({"sort": [_("Sort by one of: %(names)s.", names=names)]}, request.args)
    when = When.of(**dates(filters))
    return in_order(places(records, filters["layer"], filters["by"], when), sort)


def about_sites(filters: dict[str, Any]) -> dict[str, Any]:
    """The filters that say which sites, without those that say what is shown of them."""
    return {name: filters[name] for name in ABOUT_SITES if name in filters}


@pages.bp.get("/map")
@requires(Can.READ)
@dated
def map_page() -> ResponseReturnValue:
    """The sites on the real boundaries, and the same places as a list."""
    filters = asked(MapFilters())
    when = When.of(**dates(filters))
    found = sites_asked(filters)
    # The whole record of a site is read only where it is told: not for very many.
    told = site_records(found if len(found) <= MOST_PILLS else (), **dates(filters))
    records: Sequence[SiteRecord | Spot] = told or [Spot(it, when) for it in found]
    rows = rows_of(records, filters)
    coached = links(records, filters.get("solution"), when) if filters["links"] else []
    ahead = leaders(filters.get("solution"), when) if filters["leaders"] else []
    land, tiles = url_for("tracker.land", v=boundaries().etag), current_app.config["TILES"]
    html, script = rollout_map(rows, coached, ahead, land=land, tiles=tiles)
    return render_template(
        "tracker/map.html",
        item={"when": when, "sites": records},
        rows=rows,
        counts=counts(rows, filters["layer"]),
        counted=COUNTED[filters["layer"]],
        links=coached,
        leaders=ahead,
        land=land,
        map_html=html,
        map_script=script,
        drawing=drawing(told, ahead),
        with_pills=len(rows) <= MOST_PILLS,
        base_date=BASE_DATE,
        asked=filters,
        all_solutions=db.session.scalars(solutions_to_choose().options(lazyload("*"))).all(),
        pairs=lambda values: [(it.value, word(it)) for it in values],
        all_layers=list(Layer),
        all_areas=list(Area),
        all_states={it.value: it for it in State},
        bounds=bounds_of(filters["layer"]),
        months=months(filters),
        months_asked=months_asked(),
        facts=fact_days(filters["track"]),
        all_provinces=province_names(),
        without={} if records else ways_out(filters),
        all_tracks=list(Track),
        today=today(),
        has_units=db.session.scalar(select(find_units(**dates(filters)).exists())),
        it={"many": "map", "formats": FORMATS},
        also={it: {"many": f"map_{it}", "formats": FORMATS} for it in ("leaders", "links")},
    )


def ways_out(filters: dict[str, Any]) -> dict[str, int]:
    """How many sites there would be without each filter."""
    ways = without_each(find_sites, about_sites(filters))
    if filters["province"]:
        ways["province"] = len(db.session.scalars(find_sites(**about_sites(filters))).all())
    return ways


def months_asked() -> dict[str, str]:
    """The filters of the address without the day, which the months go through themselves."""
    kept = ("q", "track", "solution", "state", "province", "layer", "by", "known_on")
    return {"as_of": "", "known_on": ""} | {
        name: request.args[name] for name in kept if request.args.get(name)
    }


def counts(rows: Sequence[Place], layer: Layer) -> dict[str, int]:
    """How many rows fall into each class of `layer`, as the legend has them."""
    return {shade: sum(it.shade == shade for it in rows) for shade in classes_of(layer)}


def fact_days(track: Track | None) -> list[Any]:
    """The days on which something is known to have happened at a site of `track`, oldest first."""
    of_track = Round.track == track if track else true()
    begun = select(Site.selected_on).join(Site.round).where(of_track)
    days = select(Progress.on).join(Progress.site).join(Site.round)
    told = days.where(of_track, Progress.precision == "day")
    return sorted({*db.session.scalars(begun), *db.session.scalars(told)})


@bp.get(f"/map.<any({','.join(FORMATS)}):kind>")
@requires(Can.READ)
@dated
def map_file(kind: str) -> ResponseReturnValue:
    """The rows of the map to take away: its sites or provinces with their value on the layer."""
    filters = asked(MapFilters())
    rows = rows_of(site_records(sites_asked(filters, WITH_TOWN), **dates(filters)), filters)
    days, schema = days_told(dates(filters)), schema_of(filters["by"])
    return taken(("map", kind), schema, rows, geometry_of, days)


@bp.get(f"/map/leaders.<any({','.join(FORMATS)}):kind>")
@requires(Can.READ)
@dated
def map_leaders_file(kind: str) -> ResponseReturnValue:
    """Those who went before, to take away: the same as beside the map."""
    filters = asked(MapFilters())
    rows: list[Leader] = leaders(filters.get("solution"), When.of(**dates(filters)))
    return taken(("leaders", kind), LeaderSchema(), rows, leader_place, days_told(dates(filters)))


@bp.get(f"/map/links.<any({','.join(FORMATS)}):kind>")
@requires(Can.READ)
@dated
def map_links_file(kind: str) -> ResponseReturnValue:
    """Who coached which site, to take away: the same as beside the map."""
    filters = asked(MapFilters())
    when = When.of(**dates(filters))
    records = [Spot(it, when) for it in sites_asked(filters)]
    rows: list[Link] = links(records, filters.get("solution"), when)
    return taken(("links", kind), LinkSchema(), rows, link_place, days_told(dates(filters)))


def taken(
    named: tuple[str, str], schema: Schema, rows: Sequence[Any], place: Any, days: dict[str, str]
) -> ResponseReturnValue:
    """`rows` as a file of this name and kind."""
    name, kind = named
    if kind == "geojson":
        return geojson(name, schema, rows, place, days)
    return write(kind, name, schema, rows, days)


@bp.get("/map/months.json")
@requires(Can.READ)
@dated
def map_months() -> ResponseReturnValue:
    """The map month by month up to today, for each place its value and class."""
    filters = asked(MapFilters())
    sites = sites_asked(filters | {"state": None, "as_of": None})
    known = {"state": filters.get("state"), "known_on": filters["known_on"]}
    return jsonify(replay(sites, filters["layer"], filters["by"], months(filters), **known))


def months(filters: dict[str, Any]) -> list[date]:
    """The last days of the months since the first fact of the track, and today."""
    return month_ends(next(iter(fact_days(filters["track"])), today()), today())


@bp.get("/map/boundaries.json")
@requires(Can.READ)
def land() -> Response:
    """Boundaries of municipalities, cities and provinces; the browser may keep them."""
    known = boundaries()
    packed = bool(request.accept_encodings["gzip"])
    answer = Response(known.packed if packed else known.plain, mimetype="application/json")
    if packed:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.set_etag(known.etag + "z" * packed)
    answer.cache_control.max_age = 86400
    if request.args.get("v") == known.etag:
        keep_for_good(answer)
    return answer.make_conditional(request)  # type: ignore[return-value]


ROUTES = [
    Route("get", "/map.geojson", None, SitePlaceSchema, _l("The sites of the map"), MapFilters),
    Route("get", "/map/leaders.geojson", None, LeaderSchema, _l("Who went before"), MapFilters),
    Route("get", "/map/links.geojson", None, LinkSchema, _l("Who coached whom"), MapFilters),
    Route("get", "/map/months.json", None, None, _l("The map month by month"), MapFilters),
]
