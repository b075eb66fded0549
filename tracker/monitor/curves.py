"""Curves: plan, forecast and actual of a level month by month, from facts that are read once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from marshmallow import fields

from common.schema import Schema
from tracker.monitor.earned_schedule import month_ends
from tracker.monitor.levels import Level
from tracker.monitor.packages import Package
from tracker.monitor.performance import Value, Values, of_packages
from tracker.plan.budgets import total
from tracker.plan.milestones import Basis, Milestone

MOST_BEFORE, MOST_AFTER = 120, 36  # months that are shown before and after the day


@dataclass(frozen=True)
class Month:
    """The values of a level on the last day of a month, or on the day that is asked about.

    Until that day they are what the level shows as of `on`. After it only the plan goes on, and
    the forecast: what will be earned where each work ends when it is expected to. A sum holds
    what is known, and the counts say of how many sites.
    """

    on: date
    pv_won: int | None
    ev_won: int | None
    ac_won: int | None
    forecast_won: int | None
    pv_known: int
    ev_known: int
    ac_known: int


@dataclass(frozen=True)
class MilestoneMonth:
    """How many milestones of the first plan were due, expected and told as reached by a day.

    None where no day at all is expected or told as reached.
    """

    on: date
    planned: int
    expected: int | None
    reached: int | None


@dataclass(frozen=True)
class Curves:
    """Plan, forecast and actual of a level over months, in money and in milestones."""

    as_of: date
    months: Sequence[Month]
    milestones: Sequence[MilestoneMonth]
    milestones_unplanned: int

    @property
    def now(self) -> Month | None:
        """The day that is asked about."""
        return next((it for it in self.months if it.on == self.as_of), None)

    @cached_property
    def has_value(self) -> bool:
        """Whether planned or earned value is known on any day."""
        return any((it.pv_won, it.ev_won) != (None, None) for it in self.months)

    @cached_property
    def has_money(self) -> bool:
        """Whether anything is known of budgets, work or spending on any day."""
        return self.has_value or any(it.ac_won is not None for it in self.months)


class ValueMonthSchema(Schema):
    """The values at the end of a month as the API tells them."""

    on = fields.Date()
    pv_won = fields.Integer()
    ev_won = fields.Integer()
    ac_won = fields.Integer()
    forecast_won = fields.Integer()
    pv_known = fields.Integer()
    ev_known = fields.Integer()
    ac_known = fields.Integer()


class MilestoneMonthSchema(Schema):
    """Milestones at the end of a month as the API tells them."""

    on = fields.Date()
    planned = fields.Integer()
    expected = fields.Integer()
    reached = fields.Integer()


class CurvesSchema(Schema):
    """The curves of a level as the API tells them."""

    months = fields.List(fields.Nested(ValueMonthSchema))
    milestones = fields.List(fields.Nested(MilestoneMonthSchema))
    milestones_unplanned = fields.Integer()


def curves_of(level: Level, as_of: date) -> Curves:
    """The curves of `level` from the month of its first selection to the end of its plan."""
    packages = level.packages
    if not packages:
        return Curves(as_of, [], [], 0)
    dues = [_dues(it) for it in packages]
    planned = [row for rows in dues for row in rows if Basis.BASELINE in row]
    begun = min(it.site.selected_on for it in packages)
    last = max([as_of, *(day for it in packages for day in _ahead(it))])
    days = days_of(begun, as_of, last)
    return Curves(
        as_of,
        _months(packages, days, as_of),
        _milestones(planned, days, as_of) if planned else [],
        sum(len(rows) for rows in dues) - len(planned),
    )


def days_of(begun: date, as_of: date, last: date) -> list[date]:
    """The ends of the months from `begun` to `last`, and `as_of` among them."""
    if as_of.year - begun.year > MOST_BEFORE // 12 + 1:  # what is older is not shown
        begun = date(as_of.year - MOST_BEFORE // 12 - 1, 1, 1)
    count = (min(last.year, as_of.year + 100) - begun.year) * 12 + last.month - begun.month + 1
    ends = month_ends(begun, max(1, count))
    before = [day for day in ends if day < as_of][-MOST_BEFORE:]
    after = [day for day in ends if day > as_of][:MOST_AFTER]
    return [*before, as_of, *(after if last > as_of else [])]


def _ahead(it: Package) -> list[date]:
    """The days to come on which a work of `it` ends by the plan or is expected to."""
    ends = [day for _work, end in it.works for day in (end.plan, end.expected) if day]
    return [*ends, *(row.due for row in _milestone_rows(it))]


def _months(packages: Sequence[Package], days: Sequence[date], as_of: date) -> list[Month]:
    told: list[list[Values | None]] = [
        [
            values if it.site.selected_on <= day else None
            for day, values in zip(days, it.walked(days, it.on), strict=True)
        ]
        for it in packages
    ]
    hopes: list[list[Value]] = [it.walked(days, it.expected) for it in packages]
    found = []
    for n, day in enumerate(days):
        values = [row for rows in told if (row := rows[n]) is not None]
        hope = total(rows[n].won for rows in hopes) if day >= as_of else None
        found.append(_month(day, values, hope, has_come=day <= as_of))
    return found


def _month(day: date, values: Sequence[Values], hope: int | None, *, has_come: bool) -> Month:
    level = of_packages(values)
    known = [sum(getattr(it, name).won is not None for it in values) for name in ("pv", "ev", "ac")]
    if not has_come:
        return Month(day, level.pv_won, None, None, hope, known[0], 0, 0)
    return Month(day, level.pv_won, level.ev_won, level.ac_won, hope, *known)


def _milestone_rows(it: Package) -> list[Milestone]:
    of = it.facts.newest
    return [row for one in it.deployments for row in of(Milestone, one.id, it.as_of).values()]


def _dues(it: Package) -> list[dict[Basis, date]]:
    """The days of each milestone of `it`, by basis."""
    found: dict[tuple[int, str], dict[Basis, date]] = {}
    for one in it.deployments:
        for (kind, basis), row in it.facts.newest(Milestone, one.id, it.as_of).items():
            found.setdefault((one.id, kind), {})[basis] = row.due
    return list(found.values())


def _milestones(
    planned: Sequence[dict[Basis, date]], days: Sequence[date], as_of: date
) -> list[MilestoneMonth]:
    due = sorted(row[Basis.BASELINE] for row in planned)
    reached = sorted(row[Basis.ACTUAL] for row in planned if Basis.ACTUAL in row)
    hopes = [row.get(Basis.ACTUAL) or row.get(Basis.FORECAST) for row in planned]
    expected = sorted(day for day in hopes if day is not None)
    return [
        MilestoneMonth(
            day,
            bisect_right(due, day),
            bisect_right(expected, day) if expected else None,
            bisect_right(reached, day) if reached and day <= as_of else None,
        )
        for day in days
    ]
