"""Tallies: counts that can be added up only with counts made the same way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func

from catalog.evidence import Counting
from catalog.indicators import Indicator, IndicatorKind
from common.db import db
from tracker.outcomes.outcomes import Outcome
from tracker.outcomes.plausibility import OutcomeKind
from tracker.outcomes.reviews import ReviewState


@dataclass(frozen=True)
class Tally:
    """How many, and how they were counted; another way of counting is another thing.

    Adding uses to passers-by, or a tally to a bare number, is a TypeError: there is no sum of
    the two that anybody could read.
    """

    number: int
    counting: Counting

    def __add__(self, other: object) -> Tally:
        if not isinstance(other, Tally) or other.counting is not self.counting:
            return NotImplemented
        return Tally(self.number + other.number, self.counting)

    __radd__ = __add__


def by_counting(tallies: Iterable[Tally]) -> dict[Counting, Tally]:
    """The sum of `tallies` for each way of counting."""
    sums: dict[Counting, Tally] = {}
    for tally in tallies:
        so_far = sums.get(tally.counting)
        sums[tally.counting] = tally if so_far is None else so_far + tally
    return sums


def uses(tallies: Iterable[Tally]) -> int:
    """How many uses there are among `tallies`; whatever else is counted is left out."""
    tally = by_counting(tallies).get(Counting.USE)
    return tally.number if tally else 0


def totals(found: Select[Any]) -> list[Tally]:
    """Approved counts among the outcomes `found`, summed by way of counting in the database.

    Only measurements of one kind of count add up; shares and means never do.
    """
    rows = (
        found.where(
            Outcome.kind == OutcomeKind.MEASUREMENT,
            Outcome.indicator.has(Indicator.kind == IndicatorKind.RATE),
        )
        .order_by(None)
        .with_only_columns(Outcome.counting, func.sum(Outcome.numerator))
        .group_by(Outcome.counting)
    )
    order = list(Counting)
    told = [Tally(int(number or 0), counting) for counting, number in db.session.execute(rows)]
    return sorted(told, key=lambda tally: order.index(tally.counting))


APPROVED = {"state": ReviewState.APPROVED, "everybody": True}
