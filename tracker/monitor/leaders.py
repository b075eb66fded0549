"""Leaders: who went before with a solution, who coached whom, and where both are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, lazyload, selectinload

from accounts.organisations import Organisation, OrganisationKind
from catalog.experiences import Experience
from catalog.solutions import Solution
from common.db import db
from common.facts import When
from common.locale import name_values
from common.schema import Choice, Ref, Schema
from tracker.coaching.log import CoachingSession
from tracker.monitor.boundaries import key_of, middle_of
from tracker.municipalities import Municipality
from tracker.opendata.places import hall_of, town_place
from tracker.sites import Site


class Standing(StrEnum):
    """What a point on the map is."""

    HALL = "hall"
    BOUNDARY = "boundary"


name_values(
    {
        Standing.HALL: _l("its hall"),
        Standing.BOUNDARY: _l("a point inside its boundary"),
    }
)
Point = tuple[float, float]


def point_of(town: Municipality | None) -> Point | None:
    """Latitude and longitude of the hall, else of a point inside the boundary; None for unknown."""
    if town is None:
        return None
    if town.lat is not None and town.lon is not None:
        return town.lat, town.lon
    return middle_of({it.code for it in town.codes})


def towns_of(organisations: Iterable[int]) -> dict[int, Municipality]:
    """The municipality that each organisation is, where it is one; two statements."""
    bare = select(Municipality).options(
        lazyload("*"), selectinload(Municipality.codes).lazyload("*")
    )
    found = db.session.scalars(bare.where(Municipality.organisation_id.in_(set(organisations))))
    return {it.organisation_id: it for it in found}


@dataclass(frozen=True)
class Leader:
    """An organisation that went before, with what it has done; a town where its place is known."""

    organisation: Organisation
    experiences: list[Experience]
    town: Municipality | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.organisation, name)

    @property
    def code(self) -> str | None:
        """Its newest administrative code; None where it has none."""
        codes = self.town.codes if self.town else []
        return codes[-1].code if codes else None

    @property
    def key(self) -> str | None:
        """Under which key the map finds its boundary."""
        return key_of({it.code for it in self.town.codes}) if self.town else None

    @property
    def point(self) -> Point | None:
        """Where its name stands."""
        return point_of(self.town)

    @property
    def standing(self) -> Standing | None:
        """What that point is; None where it is unknown."""
        if self.point is None:
            return None
        return Standing.HALL if self.town and hall_of(self.town) else Standing.BOUNDARY

    @property
    def since(self) -> int | None:
        """The first year that is known."""
        return min((it.since for it in self.experiences if it.since), default=None)

    @property
    def solutions(self) -> list[Solution]:
        """The solutions that it has working experience of."""
        return [it.solution for it in self.experiences if it.solution]


class LeaderSchema(Schema):
    """A leader as list, files and the API tell it."""

    slug = fields.String(dump_only=True)
    name_ko = fields.String(dump_only=True)
    name_en = fields.String(dump_only=True)
    kind = Choice(OrganisationKind, dump_only=True)
    solutions = fields.Function(lambda it: [one.slug for one in it.solutions], dump_only=True)
    experiences = fields.Function(lambda it: [one.slug for one in it.experiences], dump_only=True)
    since = fields.Integer(dump_only=True)
    code = fields.String(dump_only=True)
    lat = fields.Function(lambda it: it.point and round(it.point[0], 6), dump_only=True)
    lon = fields.Function(lambda it: it.point and round(it.point[1], 6), dump_only=True)
    standing = Choice(Standing, dump_only=True)


def leaders(solution: Solution | None, when: When) -> list[Leader]:
    """Who had working experience of `solution`, or of any, in the year of `when`, by name.

    Experience of which the first year is not known counts; three statements.
    """
    begun = or_(Experience.since.is_(None), Experience.since <= when.as_of.year)
    query = select(Experience).options(joinedload(Experience.solution)).where(begun)
    if solution:
        query = query.where(Experience.solution_id == solution.id)
    done: dict[Organisation, list[Experience]] = defaultdict(list)
    for it in db.session.scalars(query.order_by(Experience.id)).unique():
        done[it.organisation].append(it)
    towns = towns_of(it.id for it in done)
    return [
        Leader(it, done[it], towns.get(it.id)) for it in sorted(done, key=lambda it: it.name_ko)
    ]


def leader_place(it: Leader) -> dict[str, Any] | None:
    """Its boundary, as files hold it; None for unknown."""
    return town_place(it.town) if it.town else None


@dataclass(frozen=True)
class Link:
    """Who coached which site: sessions, and their minutes where they are known."""

    host: Organisation
    site: Any
    sessions: int
    minutes: int | None
    spot: Point | None  # where the host is, as far as it is known

    @property
    def line(self) -> tuple[float, float, float, float] | None:
        """Its two ends in degrees; None where one is unknown, or both are the same."""
        there = point_of(self.site.municipality)
        if self.spot is None or there is None or self.spot == there:
            return None
        return (*self.spot, *there)


class LinkSchema(Schema):
    """A link as list, files and the API tell it."""

    host = Ref(Organisation, dump_only=True)
    host_name_ko = fields.String(attribute="host.name_ko", dump_only=True)
    host_name_en = fields.String(attribute="host.name_en", dump_only=True)
    site = Ref(Site, dump_only=True)
    site_name_ko = fields.String(attribute="site.name_ko", dump_only=True)
    site_name_en = fields.String(attribute="site.name_en", dump_only=True)
    sessions = fields.Integer(dump_only=True)
    minutes = fields.Integer(dump_only=True)


def links(records: Sequence[Any], solution: Solution | None, when: When) -> list[Link]:
    """Hosts and the sites they coached, the most minutes first; three statements."""
    by_id = {it.site.id: it.site for it in records}
    minutes = func.sum(CoachingSession.duration_min)
    query = (
        select(Organisation, CoachingSession.site_id, func.count(), minutes)
        .join(CoachingSession, CoachingSession.host_id == Organisation.id)
        .where(CoachingSession.site_id.in_(by_id), CoachingSession.happened(when))
        .group_by(Organisation.id, CoachingSession.site_id)
        .order_by(minutes.desc().nulls_last(), Organisation.id, CoachingSession.site_id)
    )
    if solution:
        query = query.where(CoachingSession.solutions.any(Solution.id == solution.id))
    found = db.session.execute(query).unique().all()
    towns = towns_of(host.id for host, *_rest in found)
    return [
        Link(host, by_id[site], count, total, point_of(towns.get(host.id)))
        for host, site, count, total in found
    ]


def link_place(it: Link) -> dict[str, Any] | None:
    """The line between both, as files hold it; None where an end is unknown."""
    if it.line is None:
        return None
    lat, lon, lat2, lon2 = it.line
    return {"type": "LineString", "coordinates": [[lon, lat], [lon2, lat2]]}
