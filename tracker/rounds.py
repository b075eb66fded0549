"""Rounds: the tracks of a year, what each offers and the dated steps that it went through."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, with_loader_criteria

from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Slug, Won
from common.facts import Fact, FactSchema, When, WhenFilters, stood
from common.locale import name_values
from common.schema import Choice, Ref, Whole, between, line, slug_field

LARGEST_WON = 10**15


class Track(StrEnum):
    """The three tracks of the programme."""

    BASE = "base"
    STRONG_SMALL = "strong_small"
    DIFFUSION = "diffusion"


class StepKind(StrEnum):
    """What happens to a round before work starts."""

    NOTICE = "notice"
    APPLICATION_OPEN = "application_open"
    APPLICATION_CLOSE = "application_close"
    SELECTION = "selection"


name_values(
    {
        Track.BASE: _l("Base-type smart city"),
        Track.STRONG_SMALL: _l("Strong small smart city"),
        Track.DIFFUSION: _l("Solution diffusion"),
        StepKind.NOTICE: _l("Notice"),
        StepKind.APPLICATION_OPEN: _l("Applications open"),
        StepKind.APPLICATION_CLOSE: _l("Applications close"),
        StepKind.SELECTION: _l("Selection announced"),
    }
)


class Round(Cited, Model):
    """One track of one year: how many sites, how much national money, for whom."""

    __tablename__ = "round"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    year: Mapped[int]
    track: Mapped[Track]
    name_ko: Mapped[Line]
    name_en: Mapped[Line]
    sites_planned: Mapped[int]
    years: Mapped[int]
    national_won_per_site: Mapped[Won]
    match_local_per_national: Mapped[int] = mapped_column(default=1)
    population_ceiling: Mapped[int | None]
    applicants: Mapped[int | None]
    applicants_approximate: Mapped[bool] = mapped_column(default=False)

    steps: Mapped[list[RoundStep]] = relationship(
        back_populates="round", order_by="RoundStep.on, RoundStep.id"
    )

    @property
    def national_won(self) -> int:
        """National money of the whole track in KRW."""
        return self.sites_planned * self.national_won_per_site


class RoundStep(Fact, Cited, Model):
    """A dated step of a round."""

    __tablename__ = "round_step"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    round: Mapped[Round] = relationship(back_populates="steps")
    kind: Mapped[StepKind]


class RoundSchema(CitedSchema):
    """A round as it is written down."""

    slug = slug_field()
    year = Whole(required=True, validate=between(2000, 2100))
    track = Choice(Track, required=True, metadata={"label": _l("Track")})
    name_ko = line(500, required=True, label=_l("Name in Korean"))
    name_en = line(500, required=True, label=_l("Name in English"))
    sites_planned = Whole(required=True, validate=between(1, 300))
    years = Whole(required=True, validate=between(1, 20))
    national_won_per_site = Whole(required=True, validate=between(0, LARGEST_WON))
    national_won = Whole(dump_only=True)
    match_local_per_national = Whole(load_default=1, validate=between(0, 10))
    population_ceiling = Whole(allow_none=True, load_default=None, validate=between(0, 100_000_000))
    applicants = Whole(allow_none=True, load_default=None, validate=between(0, 1000))
    applicants_approximate = fields.Boolean(load_default=False)


class RoundStepSchema(FactSchema, CitedSchema):
    """A step as it is written down."""

    model = RoundStep

    round = Ref(Round, required=True, metadata={"label": _l("Round")})
    kind = Choice(StepKind, required=True, metadata={"label": _l("Step")})


class WholeRoundSchema(RoundSchema):
    """A round with its steps."""

    steps = fields.List(fields.Nested(RoundStepSchema), dump_only=True)


class RoundFilters(WhenFilters):
    """What the list of rounds can be narrowed to."""

    year = Whole(validate=between(2000, 2100), metadata={"label": _l("Year")})
    track = Choice(Track, metadata={"label": _l("Track")})


def find_rounds(
    *, year: int | None = None, track: Track | None = None, **_when: date | None
) -> Select[Round]:
    """Rounds of `year` and `track`, newest first, the largest grant first."""
    query = select(Round).order_by(Round.year.desc(), Round.national_won_per_site.desc(), Round.id)
    if year is not None:
        query = query.where(Round.year == year)
    if track:
        query = query.where(Round.track == track)
    return query


def as_they_stood(when: When) -> list[Any]:
    """What makes the steps of a round load as they stood on a day."""
    return [with_loader_criteria(RoundStep, stood(RoundStep, when))]
