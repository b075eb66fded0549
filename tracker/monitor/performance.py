"""Performance: earned value of work packages and of any group of them, in whole KRW.

Terms and formulas: ANSI/EIA-748 and the PMBOK Guide (PMI). How each value is taken from the record
is told to readers at /dashboard/methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from common.locale import name_values


class Lacking(StrEnum):
    """Why a value is not known."""

    BUDGET = "budget"
    PLAN = "plan"
    QUANTITY = "quantity"
    SPENDING = "spending"
    SPLIT = "split"
    NOTHING_DUE = "nothing_due"
    NOTHING_SPENT = "nothing_spent"


name_values(
    {
        Lacking.BUDGET: _l("no budget on record"),
        Lacking.PLAN: _l("no day in the first plan"),
        Lacking.QUANTITY: _l("quantity planned or reached is unknown"),
        Lacking.SPENDING: _l("spending not told"),
        Lacking.SPLIT: _l("money is not split over the deployments"),
        Lacking.NOTHING_DUE: _l("nothing was due yet"),
        Lacking.NOTHING_SPENT: _l("nothing was spent yet"),
    }
)


@dataclass(frozen=True)
class Value:
    """An amount in KRW, or why there is none."""

    won: int | None
    lacking: Lacking | None = None


@dataclass(frozen=True)
class Work:
    """A piece of work as of a day: its money, its quantity, and whether it was due.

    `is_due`: whether the day of the first plan has come; None where it names none.
    """

    budget_won: int | None
    is_due: bool | None
    planned_qty: int | None
    done_qty: int | None

    @property
    def budget(self) -> Value:
        """Budget at completion (BAC)."""
        return Value(self.budget_won, Lacking.BUDGET if self.budget_won is None else None)

    @property
    def planned(self) -> Value:
        """Planned value (PV) by the fixed formula 0/100: all of the budget on the day it is due."""
        if self.budget_won is None:
            return self.budget
        if self.is_due is None:
            return Value(None, Lacking.PLAN)
        return Value(self.budget_won if self.is_due else 0)

    @property
    def earned(self) -> Value:
        """Earned value (EV): the share of the planned quantity that is reached, at most all."""
        if self.budget_won is None:
            return self.budget
        if not self.planned_qty or self.done_qty is None:
            return Value(None, Lacking.QUANTITY)
        done = min(self.done_qty, self.planned_qty)
        return Value((2 * self.budget_won * done + self.planned_qty) // (2 * self.planned_qty))


@dataclass(frozen=True)
class Values:
    """The four values of one package: BAC, PV, EV and AC (actual cost)."""

    bac: Value
    pv: Value
    ev: Value
    ac: Value


@dataclass(frozen=True)
class Index:
    """A ratio over the packages of which both values are known, and their difference in KRW."""

    part_won: int
    whole_won: int
    known: int
    lacking: Lacking | None = None

    @property
    def ratio(self) -> float | None:
        """The ratio; None where it is not known."""
        return self.part_won / self.whole_won if self.known and self.whole_won else None

    @property
    def difference_won(self) -> int | None:
        """The part less the whole; None where no package knows both."""
        return self.part_won - self.whole_won if self.known else None


@dataclass(frozen=True)
class Performance:
    """Sums over packages; a sum holds what is known, and says of how many packages."""

    packages: int
    bac_won: int | None
    pv_won: int | None
    ev_won: int | None
    ac_won: int | None
    schedule: Index
    cost: Index

    @property
    def spi(self) -> float | None:
        """Schedule performance index: EV / PV."""
        return self.schedule.ratio

    @property
    def cpi(self) -> float | None:
        """Cost performance index: EV / AC."""
        return self.cost.ratio


def of_packages(packages: Sequence[Values]) -> Performance:
    """The performance of `packages` together, in whatever order they come."""
    return Performance(
        len(packages),
        _sum(it.bac for it in packages),
        _sum(it.pv for it in packages),
        _sum(it.ev for it in packages),
        _sum(it.ac for it in packages),
        _index([(it.ev, it.pv) for it in packages], Lacking.NOTHING_DUE),
        _index([(it.ev, it.ac) for it in packages], Lacking.NOTHING_SPENT),
    )


def whole(values: Sequence[Value]) -> Value:
    """The sum of all `values`; unknown, with its reason, where one of them is."""
    missing = sorted({it.lacking for it in values if it.lacking is not None})
    if missing:
        return Value(None, missing[0])
    return Value(sum(it.won or 0 for it in values))


def unsplit(budget_won: int | None, works: Sequence[Work]) -> tuple[Value, Value]:
    """Planned and earned value of works that share one budget.

    Known where all of the works are due or reached, or none is; what lies between is not guessed.
    """
    if budget_won is None:
        return Value(None, Lacking.BUDGET), Value(None, Lacking.BUDGET)
    shares = []
    for values in ([_due(it) for it in works], [_done(it) for it in works]):
        lacking = [it for it in values if isinstance(it, Lacking)]
        if lacking or not values:
            shares.append(Value(None, min(lacking, default=Lacking.QUANTITY)))
        elif set(values) in ({0.0}, {1.0}):
            shares.append(Value(budget_won * int(values[0])))
        else:
            shares.append(Value(None, Lacking.SPLIT))
    return shares[0], shares[1]


def _due(it: Work) -> float | Lacking:
    return Lacking.PLAN if it.is_due is None else float(it.is_due)


def _done(it: Work) -> float | Lacking:
    if not it.planned_qty or it.done_qty is None:
        return Lacking.QUANTITY
    return min(1.0, it.done_qty / it.planned_qty)


def _sum(values: Iterable[Value]) -> int | None:
    known = [it.won for it in values if it.won is not None]
    return sum(known) if known else None


def _index(pairs: Sequence[tuple[Value, Value]], nothing: Lacking) -> Index:
    known = [(a.won, b.won) for a, b in pairs if a.won is not None and b.won is not None]
    part, total = sum(a for a, _b in known), sum(b for _a, b in known)
    reasons = sorted({it.lacking for pair in pairs for it in pair if it.lacking})
    why = None if total else nothing if known else next(iter(reasons), Lacking.BUDGET)
    return Index(part, total, len(known), why)
