"""Cost summaries: what one unit of a solution costs as median, range and n, unknown as unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select

from catalog.costs import Cost
from catalog.solutions import Solution
from catalog.sources import Mark
from common.db import db


@dataclass(frozen=True)
class CostSummary:
    """Unit costs of a solution in KRW; None where unknown.

    `low_won` and `high_won` are the ends over all comparable records, `median_won` the median of
    their middles and `n` how many there are. `price_year` is the one year to whose prices all of
    them were brought, None for the prices of each contract. With `same_unit` False the records
    count different things, and only the range is told. `disagrees` says that the sources of a
    record contradict each other.
    """

    n: int = 0
    median_won: int | None = None
    low_won: int | None = None
    high_won: int | None = None
    per_ko: str | None = None
    per_en: str | None = None
    same_unit: bool = True
    price_year: int | None = None
    years: tuple[int, ...] = ()
    upkeep_won_per_year: int | None = None
    lifetime_years: float | None = None
    disagrees: bool = False


def cost_summary(solutions: Sequence[Solution]) -> dict[str, CostSummary]:
    """What a unit of each of `solutions` costs, by slug; one statement for all."""
    ids = [it.id for it in solutions]
    query = select(Cost).where(Cost.solution_id.in_(ids)).order_by(Cost.id)
    by_solution: dict[int, list[Cost]] = defaultdict(list)
    for row in db.session.scalars(query):
        by_solution[row.solution_id].append(row)
    return {it.slug: summary_of(by_solution[it.id]) for it in solutions}


def summary_of(costs: Sequence[Cost]) -> CostSummary:
    """The summary of one solution's `costs`: those of the solution itself, with an amount."""
    own = [it for it in costs if it.comparable and it.low_won is not None]
    if not own:
        return CostSummary()
    lows = [it.low_won for it in own if it.low_won is not None]
    highs = [it.high_won for it in own if it.high_won is not None]
    same_unit = len({it.per_en for it in own}) == 1
    middles = [(low + high) / 2 for low, high in zip(lows, highs, strict=True)]
    return CostSummary(
        n=len(own),
        median_won=round(median(middles)) if same_unit else None,
        low_won=min(lows),
        high_won=max(highs),
        per_ko=own[0].per_ko if same_unit else None,
        per_en=own[0].per_en if same_unit else None,
        same_unit=same_unit,
        years=tuple(sorted({it.year for it in own if it.year})),
        disagrees=any(it.mark is Mark.CONFLICT for it in own),
    )
