"""Axes: where the dated facts and the quantities of a site stand on its drawings, in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Self

from flask_babel import ngettext

from catalog.sources import Mark
from common.facts import Precision
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord
from tracker.rounds import RoundStep, StepKind
from tracker.states import State

MOST_TICKS = 5
DRAWN = (QuantityStage.PLANNED, QuantityStage.REVISED, QuantityStage.INSTALLED)


@dataclass(frozen=True)
class QuantityAxis:
    """One scale from 0 to `top` for all quantities of a site."""

    top: int
    ticks: list[tuple[float, str]]

    def place(self, value: int | None) -> float | None:
        """Where `value` stands; None for unknown."""
        return None if value is None else round(100 * value / self.top, 2)


@dataclass(frozen=True)
class Event:
    """Something that happened: `what` is step, selection, progress or code.

    `other` is the fact that goes with it: the end of a span, or the code before.
    """

    what: str
    on: date
    fact: Any
    precision: Precision = Precision.DAY
    other: Any = None

    @property
    def kind(self) -> str:
        """How it is drawn."""
        if self.fact.mark is Mark.CONFLICT:
            return "dispute"
        return "other" if self.what == "code" else "fact"


@dataclass(frozen=True)
class Span:
    """A bar from one day to another: a plan, what it took, or a year that is all one knows."""

    kind: str
    begin: date
    end: date
    label: str


@dataclass(frozen=True)
class TimeAxis:
    """Whole years, from the first day of one to the first day of another."""

    first: date
    last: date

    @classmethod
    def around(cls, days: Sequence[date]) -> Self:
        """The years that hold all of `days`."""
        end = max(days).year
        last = date(end + 1, 1, 1) if end < date.max.year else date.max
        return cls(date(min(days).year, 1, 1), last)

    def place(self, day: date) -> float:
        """Where `day` stands."""
        return round(100 * (day - self.first).days / (self.last - self.first).days, 2)

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """The first days of years, at most five."""
        every = -(-(self.last.year - self.first.year) // MOST_TICKS) or 1
        years = range(self.first.year, self.last.year, every)
        return [{"x_pct": self.place(date(year, 1, 1)), "label": str(year)} for year in years]


@dataclass(frozen=True)
class TimeLine:
    """The dated facts of a site by day, oldest first, those without a day, and their drawing."""

    days: list[list[Event]]
    vague: list[Event]
    shapes: list[dict[str, Any]] = field(default_factory=list)
    span: dict[str, Any] = field(default_factory=dict)


def quantity_axis(deployments: Sequence[DeploymentRecord]) -> QuantityAxis:
    """The scale that the known quantities of `deployments` share, with at most five ticks."""
    largest = max((it.quantity(stage) or 0 for it in deployments for stage in DRAWN), default=0)
    step = tick_step(largest)
    steps = max(1, -(-largest // step))
    ticks = [(round(100 * n / steps, 2), f"{n * step:,}") for n in range(steps + 1)]
    return QuantityAxis(step * steps, ticks)


def tick_step(largest: int) -> int:
    """The smallest of 2, 5, 10, 20, 50 ... that reaches `largest` in four steps."""
    size = 1
    while True:
        for step in (2 * size, 5 * size, 10 * size):
            if step * (MOST_TICKS - 1) >= largest:
                return step
        size *= 10


def time_line(record: SiteRecord, steps: Sequence[RoundStep]) -> TimeLine:
    """What happened at a site up to the record's date, with the plan of its round."""
    events = sorted(events_of(record, steps), key=lambda event: event.on)
    dated = [event for event in events if event.precision is Precision.DAY]
    vague = [event for event in events if event.precision is not Precision.DAY]
    days = [list(same) for _on, same in groupby(dated, key=lambda event: event.on)]
    spans = spans_of(record, vague)
    ends = [day for span in spans for day in (span.begin, span.end)]
    axis = TimeAxis.around([record.when.as_of, *(event.on for event in dated), *ends])
    shapes = [
        {"kind": it.kind, "x_pct": axis.place(it.begin), "x2_pct": axis.place(it.end)}
        | {"label": it.label}
        for it in spans
    ]
    shapes += [{"kind": kind_of(day), "x_pct": axis.place(day[0].on), "label": ""} for day in days]
    as_of = axis.place(record.when.as_of)
    return TimeLine(days, vague, shapes, {"ticks": axis.ticks, "as_of_pct": as_of})


def spans_of(record: SiteRecord, vague: Sequence[Event]) -> list[Span]:
    """The plan of the round, what it took, and what is known to a month or a year only."""
    begin, years = record.selected_on, record.round.years
    if begin > record.when.as_of:
        return []
    plan = ngettext("Plan: %(num)s month", "Plan: %(num)s months", 12 * years)
    spans = [Span("plan", begin, later(begin, years), plan)]
    taken = record.months_to_completion
    if taken is not None:
        done = min(it.on for it in record.progress if it.state is State.COMPLETION_REPORTED)
        actual = ngettext("Actual: %(num)s month", "Actual: %(num)s months", taken)
        return [*spans, Span("actual", begin, done, actual)]
    known = [event for event in vague if event.precision is not Precision.UNKNOWN]
    return spans + [Span("year", start_of(it), it.on, str(it.on.year)) for it in known]


def events_of(record: SiteRecord, steps: Sequence[RoundStep]) -> list[Event]:
    """Steps of the round, the selection, progress and changes of code, up to the record's date."""
    begin, until = record.selected_on, record.when.as_of
    opened = any(step.kind is StepKind.APPLICATION_OPEN for step in steps)
    closed = next((step for step in steps if step.kind is StepKind.APPLICATION_CLOSE), None)
    events = [
        Event("step", step.on, step, step.precision, closed if is_open(step) else None)
        for step in steps
        if (step.kind, step.on) != (StepKind.SELECTION, begin) and not (opened and step is closed)
    ]
    if begin <= until:
        events.append(Event("selection", begin, record.site))
    events += [Event("progress", fact.on, fact, fact.precision) for fact in record.progress]
    before = None
    for code in record.municipality.codes:
        if code.valid_from and code.valid_from <= until:
            events.append(Event("code", code.valid_from, code, other=before))
        before = code
    return events


def is_open(step: RoundStep) -> bool:
    """Whether `step` opens a span that another one closes."""
    return step.kind is StepKind.APPLICATION_OPEN


def kind_of(day: Sequence[Event]) -> str:
    """How the events of a day are drawn together: a dispute shows, then a fact."""
    kinds = {event.kind for event in day}
    return next(kind for kind in ("dispute", "fact", "other") if kind in kinds)


def start_of(event: Event) -> date:
    """The first day of the month or the year that `event` is known to."""
    return event.on.replace(day=1, **({} if event.precision is Precision.MONTH else {"month": 1}))


def later(day: date, years: int) -> date:
    """The day `years` years after `day`; the end of February for a leap day."""
    return (day.replace(day=28) if (day.month, day.day) == (2, 29) else day).replace(
        year=min(day.year + years, date.max.year)
    )
