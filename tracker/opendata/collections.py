"""Collections: sites, deployments and units as OGC API - Features tells them.

Each starts from the query of its list and tells what the list tells. Features come in the order of
their slugs, so that a page of 300,000 costs the same wherever it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select

from common.db import Model, db
from common.facts import When
from common.schema import Schema
from tracker.deployments import Deployment
from tracker.municipalities import Municipality
from tracker.opendata.asking import Box, Span
from tracker.opendata.places import (
    around,
    deployment_place,
    outlines,
    site_place,
    towns_that_meet,
    within,
)
from tracker.register.files import COLUMNS, place_of, unit_rows
from tracker.register.register import UnitToldSchema, find_units
from tracker.register.units import InstalledUnit
from tracker.rollout import (
    WITH_TOWN,
    deployment_records,
    find_deployments,
    find_sites,
    site_records,
)
from tracker.sites import Site
from tracker.told import DeploymentToldSchema, SiteToldSchema

Feature = dict[str, Any]
# Where a box holds so many, a page is found sooner by walking along the slugs than by sorting them.
MANY = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Collection:
    """A kind of feature: which there are as of a date, how each is told, and where it lies."""

    name: str
    title: Any  # looked up in the reader's language
    text: Any
    geometry: str  # what shape its places have, in words of GeoJSON
    model: type[Model]
    schema: type[Schema]
    day: Any  # the column that `datetime` asks about
    find: Callable[[When], Select[Any]]
    meets: Callable[[Box], ColumnElement[bool]]
    features: Callable[[Select[Any], When], list[Feature]]
    meets_slowly: Callable[[Box], ColumnElement[bool]] | None = None  # the same, without its index
    reach: Callable[[When], Box | None]

    @property
    def slug(self) -> Any:
        """The column that names one of them."""
        return getattr(self.model, self.model.by)


class Page(NamedTuple):
    """Some features in the order of their slugs, how many there are in all, and what is beside."""

    features: list[Feature]
    matched: int
    has_next: bool
    has_previous: bool


class Extent(NamedTuple):
    """Where and since when there is something; None for unknown."""

    box: Box | None
    begin: date | None


def page_of(
    it: Collection,
    when: When,
    *,
    bbox: Box | None = None,
    span: Span | None = None,
    limit: int,
    after: str | None = None,
    before: str | None = None,
) -> Page:
    """At most `limit` features that come after, or before, a slug; a fixed number of statements."""
    found = it.find(when).order_by(None)
    if span:
        found = found.where(*_within(it.day, span))
    boxed = found.where(it.meets(bbox)) if bbox else found
    matched = db.session.scalar(_count(boxed, it)) or 0
    if bbox and it.meets_slowly and matched > MANY:
        boxed = found.where(it.meets_slowly(bbox))
    rows = boxed.order_by(it.slug.desc() if before else it.slug).limit(limit + 1)
    if after:
        rows = rows.where(it.slug > after)
    if before:
        rows = rows.where(it.slug < before)
    features = it.features(rows, when)
    more, features = len(features) > limit, features[:limit]
    if before:
        features.reverse()
    return Page(features, matched, bool(before) or more, more if before else bool(after))


def one_of(it: Collection, slug: str, when: When) -> Feature | None:
    """The feature that `slug` names, None where there is none as of the date."""
    if not slug.isprintable():
        return None
    return next(iter(it.features(it.find(when).where(it.slug == slug), when)), None)


def extent_of(it: Collection, when: When) -> Extent:
    """Where the features lie, and the day of the first; two statements."""
    found = it.find(when).order_by(None)
    first = db.session.scalar(found.with_only_columns(func.min(it.day)))
    return Extent(it.reach(when), first)


def _count(found: Select[Any], it: Collection) -> Select[Any]:
    ids = found.with_only_columns(it.model.id).subquery()
    return select(func.count()).select_from(ids)


def _within(day: Any, span: Span) -> list[ColumnElement[bool]]:
    rules = []
    if span.begin:
        rules.append(day >= span.begin)
    if span.end:
        rules.append(day <= span.end)
    return rules


def _sites(when: When) -> Select[Any]:
    return find_sites(track=None, as_of=when.as_of, known_on=when.known_on)


def _deployments(when: When) -> Select[Any]:
    return find_deployments(as_of=when.as_of, known_on=when.known_on)


def _units(when: When) -> Select[Any]:
    return find_units(as_of=when.as_of, known_on=when.known_on)


def _site_features(query: Select[Any], when: When) -> list[Feature]:
    rows = db.session.scalars(query.options(*WITH_TOWN)).all()
    records = site_records(rows, when.as_of, when.known_on)
    return _told(SiteToldSchema(), records, site_place)


def _deployment_features(query: Select[Any], when: When) -> list[Feature]:
    rows = db.session.scalars(query).all()
    records = deployment_records(rows, when.as_of, when.known_on)
    return _told(DeploymentToldSchema(), records, deployment_place)


def _told(
    schema: Schema, records: Sequence[Any], place: Callable[[Any], dict[str, Any] | None]
) -> list[Feature]:
    return [feature(schema.dump(record), place(record)) for record in records]


def _unit_features(query: Select[Any], when: When) -> list[Feature]:
    rows = (dict(zip(COLUMNS, row, strict=True)) for row in unit_rows(query, when))
    return [feature(told, place_of(told)) for told in rows]


def feature(told: dict[str, Any], geometry: dict[str, Any] | None) -> Feature:
    """A GeoJSON feature (RFC 7946) that says what a row of the list says."""
    return {"type": "Feature", "id": told["slug"], "geometry": geometry, "properties": told}


def _site_reach(when: When) -> Box | None:
    towns = _sites(when).order_by(None).with_only_columns(Site.municipality_id)
    return around(outlines(db.session.scalars(towns).all()).values())


def _deployment_reach(when: When) -> Box | None:
    halls = _deployments(when).order_by(None).join(Site.municipality)
    return _reach(halls, Municipality.lat, Municipality.lon)


def _unit_reach(when: When) -> Box | None:
    return _reach(_units(when).order_by(None), InstalledUnit.lat, InstalledUnit.lon)


def _reach(query: Select[Any], lat: Any, lon: Any) -> Box | None:
    sides = (func.min(lon), func.min(lat), func.max(lon), func.max(lat))
    row = db.session.execute(query.with_only_columns(*sides)).one()
    return None if row[0] is None else Box(*row)


def _hall_in(box: Box) -> ColumnElement[bool]:
    sites = select(Site.id).join(Site.municipality)
    return Deployment.site_id.in_(sites.where(within(Municipality.lat, Municipality.lon, box)))


COLLECTIONS = {
    it.name: it
    for it in (
        Collection(
            name="sites",
            title=_l("Sites"),
            text=_l(
                "Municipalities that were selected in a round, with state, money and population. "
                "The place is the boundary of the municipality."
            ),
            geometry="MultiPolygon",
            model=Site,
            schema=SiteToldSchema,
            day=Site.selected_on,
            find=_sites,
            meets=lambda box: Site.municipality_id.in_(towns_that_meet(box)),
            features=_site_features,
            reach=_site_reach,
        ),
        Collection(
            name="deployments",
            title=_l("Deployments and quantities"),
            text=_l(
                "Solutions that a site is known to deploy, with state and quantities. The place is "
                "the hall of the municipality, not that of the things: those are the units."
            ),
            geometry="Point",
            model=Deployment,
            schema=DeploymentToldSchema,
            day=Site.selected_on,
            find=_deployments,
            meets=_hall_in,
            features=_deployment_features,
            reach=_deployment_reach,
        ),
        Collection(
            name="units",
            title=_l("Installed units"),
            text=_l(
                "Every installed thing on record, with its state when it was seen last. Where it "
                "stands is unknown for some."
            ),
            geometry="Point",
            model=InstalledUnit,
            schema=UnitToldSchema,
            day=InstalledUnit.installed_on,
            find=_units,
            meets=lambda box: within(InstalledUnit.lat, InstalledUnit.lon, box),
            meets_slowly=lambda box: within(InstalledUnit.lat + 0, InstalledUnit.lon + 0, box),
            features=_unit_features,
            reach=_unit_reach,
        ),
    )
}
