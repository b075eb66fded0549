"""Deployments: a solution at a site."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Slug, now
from common.facts import When, WhenFilters, known
from common.locale import name_values
from common.schema import Choice, Ref, line, slug_field
from tracker.rounds import Track
from tracker.sites import Site, TrackOrAny
from tracker.states import State


class Unit(StrEnum):
    """What a quantity counts."""

    EACH_POLE = "each_pole"
    PLACE = "place"
    CHANNEL = "channel"
    SECTION = "section"
    VEHICLE = "vehicle"
    STATION = "station"
    SYSTEM = "system"
    UNKNOWN = "unknown"


name_values(
    {
        Unit.EACH_POLE: _l("poles"),
        Unit.PLACE: _l("places"),
        Unit.CHANNEL: _l("channels"),
        Unit.SECTION: _l("sections"),
        Unit.VEHICLE: _l("vehicles"),
        Unit.STATION: _l("stations"),
        Unit.SYSTEM: _l("system"),
        Unit.UNKNOWN: _l("unit unknown"),
    }
)


class Deployment(Cited, Model):
    """A solution that a site is known to have chosen."""

    __tablename__ = "deployment"
    __table_args__ = (must_be_cited(), UniqueConstraint("site_id", "solution_id"))

    id: Mapped[Key]
    slug: Mapped[Slug]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    site: Mapped[Site] = relationship(back_populates="deployments", lazy="joined")
    solution_id: Mapped[int] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution] = relationship(lazy="joined")
    unit: Mapped[Unit]
    detail_ko: Mapped[Line | None]
    detail_en: Mapped[Line | None]
    recorded_at: Mapped[datetime] = mapped_column(default=now)

    @classmethod
    def chosen(cls, when: When) -> ColumnElement[bool]:
        """The condition that it was known to be chosen as of a date, by a site that was, too."""
        return and_(Site.chosen(when), known(cls, when))


class DeploymentSchema(CitedSchema):
    """A deployment as it is written down."""

    slug = slug_field()
    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    solution = Ref(Solution, required=True, metadata={"label": _l("Solution")})
    unit = Choice(Unit, required=True, metadata={"label": _l("Unit")})
    detail_ko = line(500, allow_none=True, load_default=None)
    detail_en = line(500, allow_none=True, load_default=None)


class DeploymentFilters(WhenFilters):
    """What the list of deployments can be narrowed to."""

    track = TrackOrAny(Track, metadata={"label": _l("Track")})
    site = Ref(Site, metadata={"label": _l("Site")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    state = Choice(State, metadata={"label": _l("State")})
