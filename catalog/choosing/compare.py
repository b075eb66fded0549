"""Compare: up to four solutions side by side, what differs first, on the same scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from catalog.costing.summaries import CostSummary, cost_summary
from catalog.effects.forest import Mark, mark_of
from catalog.effects.headlines import Headline, headlines_of
from catalog.overview import SolutionRecord, solution_records
from catalog.solutions import Solution
from common.facts import WhenFilters
from common.schema import Ref, Schema

MOST = 4
STEPS = 5


class CompareFilters(WhenFilters):
    """Which solutions are to stand side by side."""

    slug = fields.List(
        Ref(Solution),
        load_default=list,
        validate=validate.Length(
            max=MOST, error=_l("At most {max} stand side by side; take some away.")
        ),
        metadata={"label": _l("Solutions")},
    )


@dataclass(frozen=True)
class Column:
    """One of the solutions, with what is measured and paid."""

    record: SolutionRecord
    headline: Headline | None
    cost: CostSummary

    @property
    def slug(self) -> str:
        """Its short name."""
        return self.record.solution.slug

    @property
    def plot(self) -> Mark | None:
        """Its headline effect on the common axis; None for what is no ratio."""
        return mark_of(self.headline) if self.headline and self.headline.ratio else None

    @property
    def rules(self) -> list[Any]:
        """Its conditions that a program can hold against the facts of a place."""
        return [it for it in self.record.solution.conditions if it.fact]


@dataclass(frozen=True)
class Row:
    """One thing that is told of each solution, and whether they differ in it."""

    key: str
    label: Any
    values: list[Any]

    @property
    def differs(self) -> bool:
        """Whether not all of them say the same."""
        return any(it != self.values[0] for it in self.values)


Told = Callable[[Column], Any]
ROWS: list[tuple[str, Any, Told]] = [
    ("kind", _l("Kind"), lambda it: it.record.solution.kind.value),
    ("service_field", _l("Service field"), lambda it: it.record.solution.service_field.value),
    ("problems", _l("Problems"), lambda it: [one.slug for one in it.record.solution.problems]),
    ("effect", _l("Headline effect"), lambda it: _effect(it.headline)),
    ("grade", _l("Evidence grade"), lambda it: it.headline and it.headline.grade),
    ("studies", _l("Studies"), lambda it: it.headline.studies if it.headline else 0),
    ("newest_year", _l("Newest year"), lambda it: it.headline and it.headline.newest_year),
    ("failures", _l("Failures and side effects"), lambda it: len(it.record.failures)),
    ("unit_cost", _l("Unit cost"), lambda it: [it.cost.low_won, it.cost.high_won, it.cost.per_en]),
    ("upkeep", _l("Upkeep a year"), lambda it: it.cost.upkeep_won_per_year),
    ("lifetime", _l("Lifetime"), lambda it: it.cost.lifetime_years),
    ("rules", _l("Conditions of the place"), lambda it: [one.key for one in it.rules]),
    ("parts", _l("Parts"), lambda it: it.record.solution.parts_en),
    ("sites", _l("Sites of 2023"), lambda it: it.record.sites),
]


def _effect(it: Headline | None) -> list[Any] | None:
    if it is None:
        return None
    return [it.evidence.measure_en, it.estimate_kind, it.estimate, it.low, it.high]


@dataclass(frozen=True)
class Comparison:
    """The solutions and their rows: those in which they differ first."""

    columns: list[Column]

    @property
    def rows(self) -> list[Row]:
        """All rows, in their order; none for fewer than two solutions."""
        if len(self.columns) < 2:  # noqa: PLR2004 - one alone differs from nobody
            return []
        return [Row(key, label, [tell(it) for it in self.columns]) for key, label, tell in ROWS]

    @property
    def differing(self) -> list[Row]:
        """The rows in which they differ."""
        return [it for it in self.rows if it.differs]

    @property
    def alike(self) -> list[Row]:
        """The rows in which they say the same."""
        return [it for it in self.rows if not it.differs]

    @property
    def step_won(self) -> int:
        """The step of the common line of costs."""
        highest = max((it.cost.high_won or 0 for it in self.columns), default=0)
        sizes: Iterator[int] = (part * 10**power for power in range(16) for part in (1, 2, 5))
        return next(size for size in sizes if size * STEPS >= highest)

    @property
    def ticks_won(self) -> list[tuple[float, int]]:
        """Places of that line in per cent, with their amounts."""
        return [(100 * n / STEPS, n * self.step_won) for n in range(STEPS + 1)]

    def x_pct(self, won: int) -> float:
        """Where an amount lies on it."""
        return round(100 * won / (STEPS * self.step_won), 2)


def comparison(solutions: Sequence[Solution], **dates: Any) -> Comparison:
    """`solutions` side by side, each once, in the order that was asked."""
    once = list(dict.fromkeys(solutions))
    headlines, costs = headlines_of(once), cost_summary(once)
    return Comparison(
        [
            Column(it, headlines.get(it.solution.slug), costs[it.solution.slug])
            for it in solution_records(once, **dates)
        ]
    )


class RowSchema(Schema):
    """A row of the comparison."""

    key = fields.String()
    label = fields.String()
    differs = fields.Boolean()
    values = fields.List(fields.Raw(allow_none=True))


class ComparisonSchema(Schema):
    """Solutions side by side: the rows in which they differ, and those in which they do not."""

    solutions = fields.List(fields.Pluck("ColumnSchema", "slug"), attribute="columns")
    differing = fields.List(fields.Nested(RowSchema))
    alike = fields.List(fields.Nested(RowSchema))


class ColumnSchema(Schema):
    """One of the solutions."""

    slug = fields.String()
