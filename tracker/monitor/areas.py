"""Areas: the rows that map, list, file and API share, site by site or put together by province."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload, selectinload

from catalog.grading.grades import Grade
from common.db import db
from common.facts import When
from common.schema import Choice, Schema
from tracker.monitor.boundaries import key_of, province_of
from tracker.monitor.layers import STATES, Area, Layer, Reading, class_of, together
from tracker.monitor.series import series
from tracker.municipalities import Municipality, MunicipalityCode
from tracker.opendata.places import site_place
from tracker.rollout import SiteRecord
from tracker.sites import Site, SiteFilters
from tracker.states import State
from tracker.told import SiteToldSchema

# What the map tells of a site: its names and codes, without the sources behind them.
BARE = (
    lazyload("*"),
    joinedload(Site.round).lazyload("*"),
    joinedload(Site.municipality).options(
        lazyload("*"),
        joinedload(Municipality.organisation),
        selectinload(Municipality.codes).lazyload("*"),
    ),
)


def is_province(stem: str) -> None:
    """Raises ValidationError unless `stem` is the code of a province."""
    if province_of(stem) is None:
        raise ValidationError(_("There is no province with this code; choose one from the list."))


class MapFilters(SiteFilters):
    """What map, list and files are narrowed to, and what they show by what."""

    layer = Choice(Layer, load_default=Layer.STATE, metadata={"label": _l("Layer")})
    by = Choice(Area, load_default=Area.MUNICIPALITY, metadata={"label": _l("Shown by")})
    province = fields.String(
        load_default=None, validate=is_province, metadata={"label": _l("Province")}
    )
    links = fields.Boolean(load_default=False, metadata={"label": _l("Coaching links")})
    leaders = fields.Boolean(load_default=False, metadata={"label": _l("Who went before")})


@dataclass(frozen=True)
class Spot:
    """A site where only its name and its place are told."""

    site: Site
    when: When

    def __getattr__(self, name: str) -> Any:
        return getattr(self.site, name)

    @property
    def code(self) -> MunicipalityCode | None:
        """The code of its municipality that held on the day."""
        codes = self.site.municipality.codes
        return next((it for it in codes if it.holds(self.when.as_of)), None)


@dataclass(frozen=True)
class Place:
    """One row of the list and one shape of the map."""

    slug: str
    key: str | None  # under which the map finds its shape
    layer: Layer
    reading: Reading
    about: Any  # the record or the spot of the site, or the code of the province
    sites: int = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.about, name)

    @property
    def value(self) -> float | int | str | None:
        """What it shows, as it is told."""
        return self.reading.told

    @property
    def part(self) -> int | None:
        """What the value counts."""
        return self.reading.part

    @property
    def whole(self) -> int | None:
        """Of how many."""
        return self.reading.whole

    @property
    def coded(self) -> State | Grade | None:
        """The value as the code that has words, where it is one."""
        if not isinstance(self.value, str):
            return None
        return STATES.get(self.value) or Grade(self.value)

    @property
    def shade(self) -> str:
        """The class that the value falls into."""
        return class_of(self.layer, self.reading)


class ShownSchema(Schema):
    """What the layer adds to each row."""

    layer = Choice(Layer, dump_only=True)
    value = fields.Raw(dump_only=True)
    part = fields.Integer(dump_only=True)
    whole = fields.Integer(dump_only=True)
    shade = fields.String(dump_only=True)


class SitePlaceSchema(SiteToldSchema, ShownSchema):
    """A site of the map with its value on the layer."""


class ProvincePlaceSchema(ShownSchema):
    """A province of the map with its value on the layer."""

    slug = fields.String(dump_only=True)
    name_ko = fields.String(attribute="about.province_ko", dump_only=True)
    name_en = fields.String(attribute="about.province_en", dump_only=True)
    sites = fields.Integer(dump_only=True)


def schema_of(by: Area) -> Schema:
    """How the rows of the map are told."""
    return ProvincePlaceSchema() if by is Area.PROVINCE else SitePlaceSchema()


def geometry_of(it: Place) -> dict[str, Any] | None:
    """Its shape, as files hold it."""
    return site_place(it.about) if isinstance(it.about, SiteRecord) else province_of(it.slug)


def places(records: Sequence[SiteRecord | Spot], layer: Layer, by: Area, when: When) -> list[Place]:
    """The rows of the map for `records`; two or three statements, however many they are."""
    read = series(layer, [it.site for it in records], [when.as_of], when.known_on)
    rows = [Place(it.slug, boundary_key(it.site), layer, read[it.site.id][0], it) for it in records]
    return provinces(rows, layer) if by is Area.PROVINCE else rows


def boundary_key(site: Any) -> str | None:
    """Under which key the map finds the boundary of a site."""
    return key_of({code.code for code in site.municipality.codes})


def within(sites: Sequence[Any], province: str | None) -> list[Any]:
    """Those of `sites` that lie in `province`."""
    return [it for it in sites if province is None or (boundary_key(it) or "")[:2] == province]


def province_names() -> dict[str, MunicipalityCode]:
    """The newest code of a municipality in each province with a site, by code of the province."""
    codes: dict[int, list[MunicipalityCode]] = defaultdict(list)
    begins = MunicipalityCode.valid_from.nulls_first()
    with_site = MunicipalityCode.municipality_id.in_(select(Site.municipality_id))
    bare = select(MunicipalityCode).options(lazyload("*")).where(with_site)
    for it in db.session.scalars(bare.order_by(begins)):
        codes[it.municipality_id].append(it)
    keys = [(key_of({it.code for it in of}), of[-1]) for of in codes.values()]
    return dict(sorted({key[:2]: code for key, code in keys if key}.items()))


def provinces(rows: Sequence[Place], layer: Layer) -> list[Place]:
    """The rows of sites put together by province; a site without a code is in none."""
    members: dict[str, list[Place]] = defaultdict(list)
    for row in rows:
        if row.key and row.about.code:
            members[row.key[:2]].append(row)
    return [
        Place(stem, stem, layer, together(layer, [it.reading for it in of]), of[0].code, len(of))
        for stem, of in sorted(members.items())
    ]


def in_order(rows: list[Place], sort: str) -> list[Place]:
    """`rows` by value, `-value` the highest first, the unknown last; else as they are."""
    if not sort:
        return rows
    known = [it for it in rows if it.reading.value is not None]
    known.sort(key=lambda it: it.reading.order[1], reverse=sort.startswith("-"))
    return known + [it for it in rows if it.reading.value is None]
