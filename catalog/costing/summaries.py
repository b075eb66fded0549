"""Cost summaries: what one unit of a solution costs as median, range and n, unknown as unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from marshmallow import fields
from sqlalchemy import select

from catalog.costing.prices import at_prices_of, index_by_year, newest
from catalog.costs import Cost
from catalog.solutions import Solution
from catalog.sources import Mark
from common.db import db
from common.schema import Schema


class PriceSpread(NamedTuple):
    """Amounts in KRW: how many, their median and the ends; None where there is no median."""

    n: int
    median_won: int | None
    low_won: int
    high_won: int


@dataclass(frozen=True)
class CostSummary:
    """Unit costs of a solution in KRW; None where unknown.

    `low_won` and `high_won` are the ends over the `n` comparable records at the prices of their
    contracts, `median_won` the median of their middles: None where the records count different
    units (`same_unit` False) and for one record that is a range. `adjusted` is the same at the
    prices of `price_year`, over those records whose year and index are known. `disagrees` says
    that the sources of a record contradict each other.
    """

    n: int = 0
    median_won: int | None = None
    low_won: int | None = None
    high_won: int | None = None
    per_ko: str | None = None
    per_en: str | None = None
    same_unit: bool = True
    years: tuple[int, ...] = ()
    price_year: int | None = None
    adjusted: PriceSpread | None = None
    upkeep_won_per_year: int | None = None
    lifetime_years: float | None = None
    disagrees: bool = False


def cost_summary(solutions: Sequence[Solution]) -> dict[str, CostSummary]:
    """What a unit of each of `solutions` costs, by slug; two statements for all."""
    ids = [it.id for it in solutions]
    query = select(Cost).where(Cost.solution_id.in_(ids)).order_by(Cost.id)
    by_solution: dict[int, list[Cost]] = defaultdict(list)
    for row in db.session.scalars(query):
        by_solution[row.solution_id].append(row)
    index = index_by_year()
    return {it.slug: summary_of(by_solution[it.id], index) for it in solutions}


def summary_of(costs: Sequence[Cost], index: Mapping[int, float]) -> CostSummary:
    """The summary of one solution's `costs`: those of the solution itself, with an amount."""
    own = [it for it in costs if it.comparable and it.low_won is not None]
    if not own:
        return CostSummary()
    same_unit = len({it.per_en for it in own}) == 1
    spread = _spread([(it.low_won, it.high_won) for it in own], same_unit=same_unit)
    if spread is None:
        return CostSummary()
    year = newest(index)
    at_one_year = [
        tuple(at_prices_of(year, won or 0, it.year, index) for won in (it.low_won, it.high_won))
        for it in own
    ]
    upkeeps = [it.upkeep_won_per_year for it in own if it.upkeep_won_per_year is not None]
    lives = [it.lifetime_years for it in own if it.lifetime_years is not None]
    return CostSummary(
        *(spread.n, spread.median_won, spread.low_won, spread.high_won),
        per_ko=own[0].per_ko if same_unit else None,
        per_en=own[0].per_en if same_unit else None,
        same_unit=same_unit,
        years=tuple(sorted({it.year for it in own if it.year})),
        price_year=year,
        adjusted=_spread(at_one_year, same_unit=same_unit),
        upkeep_won_per_year=round(median(upkeeps)) if upkeeps and same_unit else None,
        lifetime_years=median(lives) if lives else None,
        disagrees=any(it.mark == Mark.CONFLICT for it in own),
    )


def _spread(ranges: Sequence[tuple[Any, ...]], *, same_unit: bool) -> PriceSpread | None:
    known = [(low, high) for low, high in ranges if low is not None and high is not None]
    if not known:
        return None
    low, high = min(one[0] for one in known), max(one[1] for one in known)
    has_median = same_unit and (len(known) > 1 or low == high)
    middle = round(median(sum(one) / 2 for one in known)) if has_median else None
    return PriceSpread(len(known), middle, low, high)


class PriceSpreadSchema(Schema):
    """Amounts as the API tells them."""

    n = fields.Integer()
    median_won = fields.Integer()
    low_won = fields.Integer()
    high_won = fields.Integer()


class CostSummarySchema(PriceSpreadSchema):
    """A cost summary as the API tells it."""

    per_ko = fields.String()
    per_en = fields.String()
    same_unit = fields.Boolean()
    years = fields.List(fields.Integer())
    price_year = fields.Integer()
    adjusted = fields.Nested(PriceSpreadSchema)
    upkeep_won_per_year = fields.Integer()
    lifetime_years = fields.Float()
    disagrees = fields.Boolean()
