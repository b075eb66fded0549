"""Selector: packages of solutions with quantities that fit both budgets. Pure.

A package takes of each option nothing, or one of at most four lots: a quarter, half, three
quarters or all of the quantity that is wanted. It is chosen by integer programming (HiGHS, Huangfu
and Hall 2018, through scipy.optimize.milp), one measure after the other: most points, most points
at the low end, least money, least known upkeep, fewest unknown upkeeps. What is best in one order
of these measures is beaten by no other package in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from flask_babel import lazy_gettext as _l
from scipy.optimize import LinearConstraint, milp

from common.locale import name_values

LOTS = 4
STEP_WON = 1_000  # amounts are held against each other in steps of this, rounded against the plan


class Plan(StrEnum):
    """What a package was looked for as."""

    MOST = "most_points"
    SUREST = "surest"
    THREE_QUARTERS = "three_quarters_of_the_money"
    HALF = "half_of_the_money"
    LEAST_UPKEEP = "least_upkeep"


name_values(
    {
        Plan.MOST: _l("Most points"),
        Plan.SUREST: _l("Surest effect"),
        Plan.THREE_QUARTERS: _l("For three quarters of the money"),
        Plan.HALF: _l("For half of the money"),
        Plan.LEAST_UPKEEP: _l("At most half of the upkeep"),
    }
)


@dataclass(frozen=True)
class Option:
    """A solution that may be chosen: its points for all that is wanted of it, and its costs.

    `low_points` are those at the low end of its effect, None where that is not known.
    `upkeep_won` is for one unit and year, None where it is not known.
    """

    slug: str
    points: int
    low_points: int | None
    unit_won: int
    upkeep_won: int | None
    wanted: int


@dataclass(frozen=True)
class Limits:
    """Money there is in KRW; local money spent is never less than national money spent."""

    national_won: int
    local_won: int
    upkeep_won: int | None = None  # a year; None where nobody said

    @property
    def total_won(self) -> int:
        """The most that can be spent at 1:1 or more local money."""
        return self.local_won + min(self.national_won, self.local_won)


@dataclass(frozen=True)
class Line:
    """A lot of one option: how many, and how many quarters of what is wanted that is."""

    option: Option
    quantity: int
    quarters: int

    @property
    def cost_won(self) -> int:
        """What it costs."""
        return self.quantity * self.option.unit_won

    @property
    def upkeep_won(self) -> int | None:
        """What it costs each year; None where that is not known."""
        each = self.option.upkeep_won
        return None if each is None else self.quantity * each


@dataclass(frozen=True)
class Package:
    """Lots that fit the limits together."""

    plan: Plan
    lines: tuple[Line, ...]

    @property
    def points(self) -> float:
        """Its points, in quarters."""
        return sum(it.quarters * it.option.points for it in self.lines) / LOTS

    @property
    def low_points(self) -> float:
        """Its points at the low end of the effects; nothing counts for an end nobody knows."""
        return sum(it.quarters * (it.option.low_points or 0) for it in self.lines) / LOTS

    @property
    def cost_won(self) -> int:
        """What it costs."""
        return sum(it.cost_won for it in self.lines)

    @property
    def known_upkeep_won(self) -> int:
        """What it costs each year, as far as that is known."""
        return sum(it.upkeep_won or 0 for it in self.lines)

    @property
    def upkeep_unknown(self) -> int:
        """Of how many lots the upkeep is not known."""
        return sum(it.upkeep_won is None for it in self.lines)

    @property
    def measures(self) -> tuple[float, ...]:
        """What packages are held against each other by; more is better in each."""
        spent = (self.cost_won, self.known_upkeep_won, self.upkeep_unknown)
        return (self.points, self.low_points, *(-it for it in spent))

    def national_won(self, limits: Limits) -> int:
        """The national part of its money: half, or less where there is less."""
        return min(limits.national_won, self.cost_won // 2)

    def beats(self, other: Package) -> bool:
        """Whether it is as good in each measure and better in one."""
        pairs = list(zip(self.measures, other.measures, strict=True))
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


@dataclass(frozen=True)
class Shortfall:
    """How far an option is from fitting alone, in its smallest lot."""

    line: Line
    money_won: int
    upkeep_won: int


def lots(option: Option) -> list[Line]:
    """The lots of `option`, smallest first; each quantity once."""
    by_quantity = {
        -(-option.wanted * quarters // LOTS): quarters for quarters in range(1, LOTS + 1)
    }
    return [Line(option, quantity, quarters) for quantity, quarters in by_quantity.items()]


def packages(options: Sequence[Option], limits: Limits) -> list[Package]:
    """The best packages that fit `limits`, most points first, none beaten by another one.

    The order of `options` does not matter, and the same input gives the same packages.
    """
    lines = [line for it in sorted(options, key=lambda it: it.slug) for line in lots(it)]
    if not lines:
        return []
    search = _Search(lines, limits)
    found = [
        search.best(Plan.MOST, limits.total_won),
        search.best(Plan.SUREST, limits.total_won),
        search.best(Plan.THREE_QUARTERS, limits.total_won * 3 // 4),
        search.best(Plan.HALF, limits.total_won // 2),
    ]
    if found[0] and found[0].known_upkeep_won:
        half = found[0].known_upkeep_won // 2
        found.append(search.best(Plan.LEAST_UPKEEP, limits.total_won, half))
    kept: dict[tuple[tuple[str, int], ...], Package] = {}
    for it in found:
        if it and it.points:
            kept.setdefault(tuple((line.option.slug, line.quantity) for line in it.lines), it)
    best = [it for it in kept.values() if not any(other.beats(it) for other in kept.values())]
    return sorted(best, key=lambda it: [-value for value in it.measures])


def shortfalls(options: Sequence[Option], limits: Limits) -> list[Shortfall]:
    """What each option lacks to fit alone in its smallest lot, nearest first; [] if one fits."""
    found = []
    for it in options:
        line = lots(it)[0]
        money = max(line.cost_won - limits.total_won, 0)
        most = limits.upkeep_won
        upkeep = max((line.upkeep_won or 0) - most, 0) if most is not None else 0
        found.append(Shortfall(line, money, upkeep))
    if any(not it.money_won and not it.upkeep_won for it in found):
        return []
    return sorted(found, key=lambda it: (it.money_won + it.upkeep_won, it.line.option.slug))


class _Search:
    """Integer programs over the same lots."""

    def __init__(self, lines: Sequence[Line], limits: Limits) -> None:
        self.lines = lines
        self.limits = limits
        owners = [it.option.slug for it in lines]
        self.one_lot_each = np.array(
            [[slug == own for own in owners] for slug in dict.fromkeys(owners)], dtype=float
        )
        self.cost = np.array([-(-it.cost_won // STEP_WON) for it in lines], dtype=float)
        self.upkeep = np.array([it.upkeep_won or 0 for it in lines], dtype=float)
        self.points = np.array([it.quarters * it.option.points for it in lines], dtype=float)
        self.low = np.array([it.quarters * (it.option.low_points or 0) for it in lines], float)
        self.unknown = np.array([it.upkeep_won is None for it in lines], dtype=float)

    def best(self, plan: Plan, money_won: int, upkeep_won: int | None = None) -> Package | None:
        """The package that no other one beats within these amounts; None where none is found."""
        most = [it for it in (upkeep_won, self.limits.upkeep_won) if it is not None]
        rows = [self.one_lot_each, self.cost]
        highest = [np.ones(len(self.one_lot_each)), np.array([money_won // STEP_WON])]
        if most:
            rows.append(self.upkeep)
            highest.append(np.array([min(most)]))
        within = [LinearConstraint(np.vstack(rows), ub=np.concatenate(highest))]
        benefits = (self.low, self.points) if plan is Plan.SUREST else (self.points, self.low)
        chosen = None
        for measure in (*(-it for it in benefits), self.cost, self.upkeep, self.unknown):
            chosen = self._solve(measure, within)
            if chosen is None:
                return None
            within.append(LinearConstraint(measure, ub=round(float(measure @ chosen))))
        taken = [] if chosen is None else np.flatnonzero(chosen).tolist()
        package = Package(plan, tuple(self.lines[place] for place in taken))
        return package if package.cost_won <= money_won else None

    def _solve(self, measure: np.ndarray, within: list[LinearConstraint]) -> np.ndarray | None:
        found = milp(
            measure,
            integrality=np.ones(len(measure)),
            bounds=(0, 1),
            constraints=within,
            options={"mip_rel_gap": 0},
        )
        return None if found.x is None else np.round(found.x)
