"""Costs: what one unit of a solution really cost, where, when and on which basis."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Name, Slug, Won
from common.schema import Ref, Schema, Whole, between, line, slug_field

LARGEST_WON = 10**15
LONGEST_LIFE_YEARS = 200


class Cost(Cited, Model):
    """One known price of a solution or of something to hold it against."""

    __tablename__ = "cost"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("low_won >= 0 AND low_won <= high_won", name="range"),
        CheckConstraint("(low_won IS NULL) = (high_won IS NULL)", name="both_or_none"),
        CheckConstraint("upkeep_won_per_year >= 0 AND lifetime_years > 0", name="upkeep"),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    solution_id: Mapped[int] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution] = relationship(back_populates="costs", lazy="joined")
    item_ko: Mapped[Line]
    item_en: Mapped[Line]
    low_won: Mapped[Won | None]
    high_won: Mapped[Won | None]
    per_ko: Mapped[Name | None]
    per_en: Mapped[Name | None]
    approximate: Mapped[bool] = mapped_column(default=False)
    year: Mapped[int | None]
    place_ko: Mapped[Line | None]
    place_en: Mapped[Line | None]
    basis_ko: Mapped[Line | None]
    basis_en: Mapped[Line | None]
    includes_ko: Mapped[Line | None]
    includes_en: Mapped[Line | None]
    comparable: Mapped[bool] = mapped_column(default=True)
    upkeep_won_per_year: Mapped[Won | None]
    lifetime_years: Mapped[float | None]


class CostSchema(CitedSchema):
    """A cost as it is written down."""

    slug = slug_field()
    solution = Ref(Solution, required=True, metadata={"label": _l("Solution")})
    item_ko = line(500, required=True, label=_l("What, in Korean"))
    item_en = line(500, required=True, label=_l("What, in English"))
    low_won = Whole(allow_none=True, load_default=None, validate=between(0, LARGEST_WON))
    high_won = Whole(allow_none=True, load_default=None, validate=between(0, LARGEST_WON))
    per_ko = line(allow_none=True, load_default=None)
    per_en = line(allow_none=True, load_default=None)
    approximate = fields.Boolean(load_default=False)
    year = Whole(allow_none=True, load_default=None, validate=between(1990, 2100))
    place_ko = line(500, allow_none=True, load_default=None)
    place_en = line(500, allow_none=True, load_default=None)
    basis_ko = line(500, allow_none=True, load_default=None)
    basis_en = line(500, allow_none=True, load_default=None)
    includes_ko = line(500, allow_none=True, load_default=None)
    includes_en = line(500, allow_none=True, load_default=None)
    comparable = fields.Boolean(load_default=True)
    upkeep_won_per_year = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_WON),
        metadata={"label": _l("Yearly upkeep of one unit in won")},
    )
    lifetime_years = fields.Float(
        allow_none=True,
        load_default=None,
        validate=between(0.1, LONGEST_LIFE_YEARS),
        metadata={"label": _l("Lifetime in years")},
    )

    @validates_schema
    def is_a_range(self, values: dict[str, int | None], **_kwargs: object) -> None:
        """Both ends or none, and the low end first."""
        low, high = values.get("low_won"), values.get("high_won")
        if (low is None) != (high is None):
            raise ValidationError(_("Give both ends of the range, or neither."), "high_won")
        if low is not None and high is not None and low > high:
            raise ValidationError(_("The low end may not be above the high end."), "low_won")


class CostFilters(Schema):
    """What the list of costs can be narrowed to."""

    solution = Ref(Solution, metadata={"label": _l("Solution")})
    comparable = fields.Boolean(metadata={"label": _l("Unit cost of the solution itself")})


def find_costs(*, solution: Solution | None = None, comparable: bool | None = None) -> Select[Cost]:
    """Known costs of `solution`, by solution."""
    query = select(Cost).order_by(Cost.solution_id, Cost.id)
    if solution:
        query = query.where(Cost.solution_id == solution.id)
    if comparable is not None:
        query = query.where(Cost.comparable == comparable)
    return query


@dataclass(frozen=True)
class CostChart:
    """Costs on one line from zero: those of the solution itself, then those to hold against."""

    own: list[Cost]
    others: list[Cost]
    step_won: int

    @property
    def top_won(self) -> int:
        """The amount at the end of the line."""
        highest = max((cost.high_won or 0 for cost in (*self.own, *self.others)), default=0)
        return max(-(-highest // self.step_won), 1) * self.step_won

    @property
    def ticks(self) -> list[tuple[float, int]]:
        """Places of the line in per cent, with their amounts."""
        return [(self.x_pct(won), won) for won in range(0, self.top_won + 1, self.step_won)]

    def x_pct(self, won: int) -> float:
        """Where an amount lies, in per cent from zero."""
        return round(100 * won / self.top_won, 2)


def cost_chart(costs: list[Cost]) -> CostChart:
    """The chart of `costs`, with at most five steps of a round size."""
    highest = max((cost.high_won or 0 for cost in costs), default=0)
    sizes = (part * 10**power for power in range(16) for part in (1, 2, 5))
    step = next(size for size in sizes if size * 5 >= highest)
    own = [cost for cost in costs if cost.comparable]
    return CostChart(own, [cost for cost in costs if not cost.comparable], step)


def cost_range(costs: list[Cost]) -> tuple[int, int] | None:
    """Lowest and highest comparable unit cost in KRW; None where none is known."""
    known = [cost for cost in costs if cost.comparable and cost.low_won is not None]
    if not known:
        return None
    return (
        min(cost.low_won for cost in known if cost.low_won is not None),
        max(cost.high_won for cost in known if cost.high_won is not None),
    )
