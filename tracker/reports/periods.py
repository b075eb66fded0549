"""Periods: months that the ministry closed, what they held then, and what was told after."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Text, db, now
from common.facts import When, today
from common.schema import Schema, text
from tracker.money.ledger import Money
from tracker.monitor.dashboard import Figures, FiguresSchema, figures
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.progress import Progress, Quantity
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records
from tracker.sites import Site
from tracker.states import State
from tracker.told import DeploymentToldSchema, SiteToldSchema

# What the figures of a month are made of.
FACTS: list[type[Any]] = [Progress, Quantity, Money, Milestone, BudgetLine]
COMPARED_OF_SITE = ("state", "national_won", "local_won", "match_shortfall_won", "spent_won")
COMPARED_OF_DEPLOYMENT = (
    "state",
    "planned_qty",
    "revised_qty",
    "installed_qty",
    "accepted_qty",
    "working_qty",
)


class Closing(Model):
    """That a month was closed, by whom and why; opened again, it can be closed once more."""

    __tablename__ = "closing"
    __table_args__ = (
        # Two who close a month at once both make its nth closing: the second is refused.
        UniqueConstraint("month", "nth"),
        CheckConstraint("(reopened_at IS NULL) = (reopen_reason IS NULL)", name="reopened"),
    )

    id: Mapped[Key]
    month: Mapped[date]
    until: Mapped[date]  # the month's last day, for the question what was told of it later
    nth: Mapped[int]
    reason: Mapped[Text]
    closed_at: Mapped[datetime] = mapped_column(default=now)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_by: Mapped[Any] = relationship("User", foreign_keys=[closed_by_id], lazy="joined")
    reopened_at: Mapped[datetime | None]
    reopened_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reopened_by: Mapped[Any] = relationship("User", foreign_keys=[reopened_by_id], lazy="joined")
    reopen_reason: Mapped[Text | None]


class ReasonSchema(Schema):
    """Why a month is closed or opened again."""

    reason = text(1000, required=True, label=_l("Reason"))


@dataclass(frozen=True)
class Difference:
    """A figure of a closed month that is another one by what was told after."""

    site: Any
    deployment: Any
    name: str
    before: Any
    after: Any


@dataclass
class Period:
    """A month of the record, from the first selection to the last month that is over."""

    month: date
    closings: list[Closing] = field(default_factory=list)
    told_after: int | None = None  # facts of a closed month that were recorded after; None: open

    @property
    def name(self) -> str:
        """As addresses write it: 2025-03."""
        return f"{self.month:%Y-%m}"

    @property
    def end(self) -> date:
        """Its last day."""
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])

    @property
    def closing(self) -> Closing | None:
        """What closed it; None while it is open."""
        newest = self.closings[-1] if self.closings else None
        return newest if newest and newest.reopened_at is None else None

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed; None while it is open."""
        return self.closing.closed_at if self.closing else None

    @cached_property
    def held(self) -> Figures:
        """What the month held when it was closed; an open one, what is known of it now."""
        return self._figures(self.closed_at)

    @cached_property
    def differences(self) -> list[Difference]:
        """Figures that are others now than when the month was closed; none while it is open."""
        return [] if self.closing is None else differences(self.held, self._figures(None))

    @cached_property
    def facts(self) -> list[Any]:
        """Dated facts of the month, or of one before it, that were told after it was closed."""
        if self.closing is None:
            return []
        found = [
            fact
            for kind in FACTS
            for fact in db.session.scalars(
                select(kind).where(kind.on <= self.end, kind.recorded_at > self.closing.closed_at)
            ).unique()
        ]
        return sorted(found, key=lambda fact: fact.recorded_at, reverse=True)

    def _figures(self, known_at: datetime | None) -> Figures:
        dates: dict[str, Any] = {"as_of": self.end, "known_on": known_at}
        sites = db.session.scalars(find_sites(track=None, **dates).options(*WITH_TOWN)).all()
        return figures(site_records(sites, **dates), When(**dates))


class PeriodSchema(Schema):
    """A month as its list tells it."""

    month = fields.String(attribute="name")
    closed_at = fields.AwareDateTime(attribute="closing.closed_at")
    closed_by = fields.String(attribute="closing.closed_by.organisation.slug")
    reason = fields.String(attribute="closing.reason")
    told_after = fields.Integer()


class ClosingSchema(Schema):
    """One closing of a month."""

    nth = fields.Integer()
    reason = fields.String()
    closed_at = fields.AwareDateTime()
    reopened_at = fields.AwareDateTime()
    reopen_reason = fields.String()


class DifferenceSchema(Schema):
    """A figure that is another one now."""

    site = fields.String(attribute="site.slug")
    deployment = fields.String(attribute="deployment.slug")
    figure = fields.String(attribute="name")
    at_closing = fields.Raw(attribute="before")
    now = fields.Raw(attribute="after")


class WholePeriodSchema(PeriodSchema):
    """A month with the figures that it held when it was closed, and what differs now."""

    closings = fields.List(fields.Nested(ClosingSchema))
    held = fields.Nested(FiguresSchema)
    differences = fields.List(fields.Nested(DifferenceSchema))


class PeriodsSchema(Schema):
    """All months, newest first."""

    items = fields.List(fields.Nested(PeriodSchema))
    page = fields.Constant(1)
    pages = fields.Constant(1)
    total = fields.Function(lambda it: len(it["items"]))


def periods() -> list[Period]:
    """Every month of the record that is over, newest first; a fixed number of statements."""
    first = db.session.scalar(select(func.min(Site.selected_on)))
    closings: dict[date, list[Closing]] = {}
    for closing in db.session.scalars(select(Closing).order_by(Closing.month, Closing.nth)):
        closings.setdefault(closing.month, []).append(closing)
    after = told_after()
    found = [
        Period(month, closings.get(month, []))
        for month in (months(first, today()) if first else ())
    ]
    for period in found:
        if period.closing:
            period.told_after = after.get(period.closing.id, 0)
    return found[::-1]


def period_of(month: date) -> Period | None:
    """The month that begins on `month`; None for one that is not over or before the record."""
    return next((period for period in periods() if period.month == month), None)


def is_closed(month: date) -> bool:
    """Whether the month that begins on `month` is closed now."""
    open_ = select(Closing.id).where(Closing.month == month, Closing.reopened_at.is_(None))
    return db.session.scalar(open_) is not None


def months(first: date, until: date) -> Iterator[date]:
    """First days of the months from that of `first` to the last one that is over on `until`."""
    month = first.replace(day=1)
    while month < until.replace(day=1):
        yield month
        month = (
            month.replace(year=month.year + 1, month=1)
            if month.month == 12  # noqa: PLR2004 - December
            else month.replace(month=month.month + 1)
        )


def told_after() -> dict[int, int]:
    """How many facts of each closed month were told after it was closed, by closing id."""
    counted: dict[int, int] = {}
    for kind in FACTS:
        late = (
            select(Closing.id, func.count())
            .join(kind, (kind.recorded_at > Closing.closed_at) & (kind.on <= Closing.until))
            .where(Closing.reopened_at.is_(None))
            .group_by(Closing.id)
        )
        for closing, count in db.session.execute(late):
            counted[closing] = counted.get(closing, 0) + count
    return counted


def close(period: Period, reason: str, who: Any) -> Closing:
    """Close `period`: what is known of it at this moment stays what it held."""
    nth = len(period.closings) + 1
    closing = Closing(month=period.month, until=period.end, nth=nth, reason=reason, closed_by=who)
    db.session.add(closing)
    period.closings.append(closing)
    return closing


def reopen(closing: Closing, reason: str, who: Any) -> None:
    """Open a closed month again; that it was closed, and what it held, stays on record."""
    closing.reopened_at, closing.reopened_by, closing.reopen_reason = now(), who, reason


def differences(before: Figures, after: Figures) -> list[Difference]:
    """What differs between two states of the same month, site by site."""
    was, known = _by_slug(before.sites), _by_slug(after.sites)
    return [
        difference
        for slug in dict.fromkeys([*known, *was])
        for difference in _of_site(was.get(slug), known.get(slug))
    ]


def _of_site(was: SiteRecord | None, known: SiteRecord | None) -> Iterator[Difference]:
    site = known or was
    for name, pair in _differing(SiteToldSchema(only=COMPARED_OF_SITE), was, known):
        yield Difference(site, None, name, *pair)
    mine, theirs = (_by_slug(it.deployments if it else ()) for it in (was, known))
    schema = DeploymentToldSchema(only=COMPARED_OF_DEPLOYMENT)
    for slug in dict.fromkeys([*theirs, *mine]):
        one, other = mine.get(slug), theirs.get(slug)
        for name, pair in _differing(schema, one, other):
            yield Difference(site, other or one, name, *pair)


def _differing(schema: Schema, one: Any, other: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    said: list[Mapping[str, Any]] = [schema.dump(it) if it else {} for it in (one, other)]
    for name in schema.fields:
        before, after = (it.get(name) for it in said)
        if before != after:
            yield name, (_value(name, before), _value(name, after))


def _value(name: str, said: Any) -> Any:
    return State(said) if name == "state" and said else said


def _by_slug(records: Sequence[Any]) -> dict[str, Any]:
    return {record.slug: record for record in records}
