"""Outcomes: baseline, target and measurements of a deployment, and how they were counted."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from secrets import token_hex
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import (
    CTE,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    String,
    case,
    event,
    func,
    or_,
    select,
)
from sqlalchemy.orm import (
    Mapped,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)

from catalog.evidence import Counting
from catalog.indicators import Indicator
from catalog.solutions import Solution
from catalog.sources import Cited, Mark, must_be_cited
from common.db import Key, Model, Name, Text, db
from common.facts import Fact, When, WhenFilters, known, today
from common.locale import name_values
from common.permissions import Can, allowed
from common.schema import Choice, Ref
from tracker.deployments import Deployment
from tracker.municipalities import Municipality
from tracker.outcomes.plausibility import OutcomeKind, exposure, value_of
from tracker.outcomes.reviews import OutcomeStep, ReviewState, newest_steps
from tracker.sites import Site

LARGEST_COUNT = 10**12
NUMBERS = ("numerator", "denominator", "mean", "sd", "n")


class BrokenDownBy(StrEnum):
    """What the rows of a breakdown differ in."""

    AGE = "age"
    SEX = "sex"
    TIME_OF_DAY = "time_of_day"
    DAY_OF_WEEK = "day_of_week"
    PLACE = "place"
    OTHER = "other"


name_values(
    {
        BrokenDownBy.AGE: _l("age"),
        BrokenDownBy.SEX: _l("sex"),
        BrokenDownBy.TIME_OF_DAY: _l("time of day"),
        BrokenDownBy.DAY_OF_WEEK: _l("day of the week"),
        BrokenDownBy.PLACE: _l("place"),
        BrokenDownBy.OTHER: _l("something else"),
    }
)


class Outcome(Fact, Cited, Model):
    """What an indicator showed at a deployment in a period; `on` is the day it holds for.

    A baseline and a measurement hold for the end of their period, a target for the day on which
    it was set. Versions of one outcome share their `thread`, the key of the first of them.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        must_be_cited(),
        # The indicator's own word on whether it counts use stands in each outcome as well, so
        # that the database can refuse passers-by as use.
        ForeignKeyConstraint(["indicator_id", "of_use"], ["indicator.id", "indicator.of_use"]),
        CheckConstraint(
            "of_use IS NOT TRUE OR counting != 'passing_by'", name="passing_by_is_no_use"
        ),
        CheckConstraint("numerator >= 0 AND denominator > 0", name="counts"),
        CheckConstraint("numerator IS NOT NULL OR mean IS NOT NULL", name="told"),
        CheckConstraint("sd >= 0 AND n >= 1", name="spread"),
        CheckConstraint("begins_on <= ends_on", name="period"),
        Index("ix_outcome_question", "deployment_id", "indicator_id", "kind", "on"),
    )

    id: Mapped[Key]
    thread: Mapped[str] = mapped_column(String(80), index=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship(lazy="joined")
    indicator_id: Mapped[int]
    of_use: Mapped[bool]
    indicator: Mapped[Indicator] = relationship(lazy="joined")
    kind: Mapped[OutcomeKind]
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    counting: Mapped[Counting]
    numerator: Mapped[int | None] = mapped_column(BigInteger)
    denominator: Mapped[float | None]
    mean: Mapped[float | None]
    sd: Mapped[float | None]
    n: Mapped[int | None]
    reason: Mapped[Text | None]

    parts: Mapped[list[OutcomePart]] = relationship(
        back_populates="outcome", order_by="OutcomePart.position", cascade="all, delete-orphan"
    )
    steps: Mapped[list[OutcomeStep]] = relationship(
        back_populates="outcome", order_by="OutcomeStep.id"
    )

    @classmethod
    def made(cls, **values: Any) -> Outcome:
        """A new one from checked values, its breakdown included."""
        parts = values.pop("parts", [])
        made = cls(**values)
        made.parts = [OutcomePart(position=place, **part) for place, part in enumerate(parts)]
        return made

    @property
    def said(self) -> dict[str, Any]:
        """What it says, as the rules of plausibility read it, without its breakdown."""
        names = ("deployment", "indicator", "kind", "begins_on", "ends_on", "counting", *NUMBERS)
        return {name: getattr(self, name) for name in names}

    @property
    def value(self) -> float | None:
        """The number in the unit of its indicator."""
        return value_of(self.said)

    @property
    def exposure(self) -> float | None:
        """What the count is held against."""
        return exposure(self.said)

    @property
    def period(self) -> str:
        """Its days in figures."""
        return f"{self.begins_on}~{self.ends_on}"

    @property
    def uses(self) -> int | None:
        """How many uses were counted; nothing for whatever is counted otherwise."""
        return self.numerator if self.counting is Counting.USE else None

    @property
    def passers_by(self) -> int | None:
        """How many people passed; nothing for whatever is counted otherwise."""
        return self.numerator if self.counting is Counting.PASSING_BY else None


class OutcomePart(Model):
    """One row of a breakdown."""

    __tablename__ = "outcome_part"
    __table_args__ = (CheckConstraint("numerator >= 0 AND denominator >= 0", name="counts"),)

    id: Mapped[Key]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id"), index=True)
    outcome: Mapped[Outcome] = relationship(back_populates="parts")
    position: Mapped[int]
    by: Mapped[BrokenDownBy]
    label: Mapped[Name]
    numerator: Mapped[int] = mapped_column(BigInteger)
    denominator: Mapped[float | None]


@event.listens_for(Outcome, "before_insert")
def _keep_thread(_mapper: Any, _connection: Any, outcome: Outcome) -> None:
    outcome.thread = outcome.corrects.thread if outcome.corrects else outcome.key


class OutcomeFilters(WhenFilters):
    """What the list of outcomes can be narrowed to."""

    site = Ref(Site, metadata={"label": _l("Site")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    deployment = Ref(Deployment, metadata={"label": _l("Deployment")})
    indicator = Ref(Indicator, metadata={"label": _l("Indicator")})
    kind = fields.List(Choice(OutcomeKind), metadata={"label": _l("What it is")})
    counting = fields.List(Choice(Counting), metadata={"label": _l("How it was counted")})
    state = Choice(ReviewState, metadata={"label": _l("State")})


LISTED = (
    subqueryload(Outcome.parts),  # one statement, however many rows
    joinedload(Outcome.deployment).joinedload(Deployment.site).joinedload(Site.municipality),
)
WHOLE = (*LISTED, selectinload(Outcome.steps))


def versions(when: When) -> CTE:
    """Every version as known: id, state, its age among all of its thread and among its equals.

    A correction takes the place of what it corrects only once it is approved; until then both
    stand, the approved one for everybody and the newer one for site and ministry.
    """
    steps = newest_steps(when)
    state = func.coalesce(steps.c.state, ReviewState.DRAFT)
    is_approved = case((state == ReviewState.APPROVED, 1), else_=0)
    newest = (Outcome.recorded_at.desc(), Outcome.id.desc())
    return (
        select(
            Outcome.id,
            state.label("state"),
            steps.c.recorded_at.label("since"),
            is_approved.label("approved"),
            func.row_number().over(partition_by=Outcome.thread, order_by=newest).label("age"),
            func.row_number()
            .over(partition_by=(Outcome.thread, is_approved), order_by=newest)
            .label("age_of_equals"),
        )
        .outerjoin(steps, steps.c.outcome_id == Outcome.id)
        .where(known(Outcome, when))
        .cte()
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def find_outcomes(
    *,
    site: Site | None = None,
    solution: Solution | None = None,
    deployment: Deployment | None = None,
    indicator: Indicator | None = None,
    kind: list[OutcomeKind] | None = None,
    counting: list[Counting] | None = None,
    state: ReviewState | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
    everybody: bool = False,
) -> Select[Outcome]:
    """Outcomes that whoever asks may read, as of a date, newest first.

    Approved ones are everybody's; the newest version of the others is for its own site and for
    the ministry. `everybody` leaves these out, whoever asks.
    """
    when = When.of(as_of, known_on)
    seen = versions(when)
    query = (
        select(Outcome)
        .join(seen, seen.c.id == Outcome.id)
        .join(Outcome.deployment)
        .join(Deployment.site)
        .join(Site.municipality)
        .where(Outcome.on <= when.as_of, readable(seen, everybody=everybody))
        .order_by(Outcome.on.desc(), Outcome.id.desc())
    )
    for column, wanted in (
        (Deployment.site_id, site and site.id),
        (Deployment.solution_id, solution and solution.id),
        (Outcome.deployment_id, deployment and deployment.id),
        (Outcome.indicator_id, indicator and indicator.id),
        (seen.c.state, state),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if kind:
        query = query.where(Outcome.kind.in_(kind))
    return query.where(Outcome.counting.in_(counting)) if counting else query


def readable(seen: CTE, *, everybody: bool = False) -> Any:
    """The condition that a version of `versions()` stands and may be read by whoever asks."""
    public = (seen.c.approved == 1) & (seen.c.age_of_equals == 1)
    who = g.get("who")
    if everybody or who is None:
        return public
    if allowed(Can.DECIDE_OUTCOMES):
        return or_(public, seen.c.age == 1)
    if allowed(Can.REPORT_OUTCOMES):
        own = Municipality.organisation_id == who.organisation_id
        return or_(public, (seen.c.age == 1) & own)
    return public


def report_outcome(values: dict[str, Any], who: Any) -> Outcome:
    """A draft that `who` reports; the report is the source."""
    values = dict(values)
    is_target = values["kind"] is OutcomeKind.TARGET
    outcome = Outcome.made(
        key=f"{values['deployment'].slug[:60].strip('-')}-{token_hex(4)}",
        on=today() if is_target else values["ends_on"],
        recorded_by=who,
        mark=Mark.REPORTED,
        **values,
    )
    db.session.add(outcome)
    return outcome
