"""Overview: what a list tells of each solution beside its own fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import selectinload

from catalog.conditions import ConditionSchema
from catalog.costing.actuals import ActualSchema
from catalog.costing.prices import index_by_year
from catalog.costing.summaries import CostSummary, CostSummarySchema, summary_of
from catalog.costs import cost_range
from catalog.editing.completeness import Gap, gaps_of
from catalog.effects.forest import Mark, mark_of
from catalog.effects.headlines import Headline, headline_of
from catalog.effects.local_results import LocalResult, LocalResultSchema
from catalog.effects.pools import Pool, PoolSchema, pools_of
from catalog.evidence import Evidence
from catalog.evidence_schemas import EvidenceToldSchema
from catalog.grading.grades import Grade
from catalog.grading.studies import EvidenceKind
from catalog.solutions import Solution, SolutionSchema, rollout
from common.facts import When
from common.schema import Choice

OVERVIEW = (
    selectinload(Solution.evidence),
    selectinload(Solution.costs),
    selectinload(Solution.problems),
)
WORTH_KNOWING = (EvidenceKind.FAILURE, EvidenceKind.SIDE_EFFECT)


@dataclass(frozen=True)
class SolutionRecord:
    """A solution with what is measured, paid and deployed."""

    solution: Solution
    adoptions: list[Any]
    missing: list[Gap]
    when: When

    def __getattr__(self, name: str) -> Any:
        return getattr(self.solution, name)

    @cached_property
    def headline(self) -> Headline | None:
        """The effect that stands for the solution in a list, with its studies and its grade."""
        return headline_of(self.solution.evidence)

    @property
    def plot(self) -> Mark | None:
        """The headline effect on the common axis; None for what is no ratio."""
        headline = self.headline
        return mark_of(headline) if headline and headline.ratio else None

    @cached_property
    def pools(self) -> list[Pool]:
        """Its effects by measure, pooled or with the reason why not; asked for by its own page."""
        return pools_of(self.solution.evidence)

    @cached_property
    def cost_summary(self) -> CostSummary:
        """What a unit costs; asked for by its own page."""
        return summary_of(self.solution.costs, index_by_year())

    @property
    def completeness(self) -> int:
        """How much of what helps to decide it tells, in whole per cent."""
        return 100 * (len(Gap) - len(self.missing)) // len(Gap)

    @property
    def best(self) -> Evidence | None:
        """The effect with the best grade."""
        graded = [row for row in self.solution.evidence if row.grade]
        return min(graded, key=lambda row: (str(row.grade), row.by_vendor), default=None)

    @property
    def best_grade(self) -> Grade | None:
        """The best grade of all its evidence."""
        return self.best.grade if self.best else None

    @property
    def evidence_count(self) -> int:
        """How many measured effects are on record."""
        return len(self.solution.evidence)

    @cached_property
    def local_results(self) -> list[LocalResult]:
        """What its deployments measured, as far as it is approved; asked for by its own page."""
        return list(rollout().results(self.solution, self.when))

    @cached_property
    def actuals(self) -> list[Any]:
        """What its deployments really cost, took and got; asked for by its own page."""
        return list(rollout().actuals(self.solution, self.when))

    @property
    def failures(self) -> list[Evidence]:
        """Failures and side effects, which are never left out."""
        return [row for row in self.solution.evidence if row.kind in WORTH_KNOWING]

    @property
    def cost_low_won(self) -> int | None:
        """The lowest known unit cost."""
        known = cost_range(self.solution.costs)
        return known[0] if known else None

    @property
    def cost_high_won(self) -> int | None:
        """The highest known unit cost."""
        known = cost_range(self.solution.costs)
        return known[1] if known else None

    @property
    def sites(self) -> list[str]:
        """Slugs of the sites that are known to deploy it."""
        return [adoption.site.slug for adoption in self.adoptions]


class SolutionToldSchema(SolutionSchema):
    """A solution as lists and downloads tell it."""

    best_grade = Choice(Grade, dump_only=True)
    evidence_count = fields.Integer(dump_only=True)
    headline_measure_ko = fields.String(attribute="headline.measure_ko", dump_only=True)
    headline_measure_en = fields.String(attribute="headline.measure_en", dump_only=True)
    headline_result_ko = fields.String(attribute="headline.result_ko", dump_only=True)
    headline_result_en = fields.String(attribute="headline.result_en", dump_only=True)
    headline_estimate = fields.Float(attribute="headline.estimate", dump_only=True)
    headline_low = fields.Float(attribute="headline.low", dump_only=True)
    headline_high = fields.Float(attribute="headline.high", dump_only=True)
    headline_studies = fields.Integer(attribute="headline.studies", dump_only=True)
    headline_year = fields.Integer(attribute="headline.newest_year", dump_only=True)
    headline_grade = Choice(Grade, attribute="headline.grade", dump_only=True)
    headline_no_interval_because = fields.String(attribute="headline.because", dump_only=True)
    cost_low_won = fields.Integer(dump_only=True)
    cost_high_won = fields.Integer(dump_only=True)
    sites = fields.List(fields.String(), dump_only=True)
    completeness = fields.Integer(dump_only=True)
    missing = fields.List(Choice(Gap), dump_only=True)


class WholeSolutionSchema(SolutionToldSchema):
    """A solution as its own page tells it."""

    conditions = fields.List(fields.Nested(ConditionSchema), dump_only=True)
    evidence = fields.List(fields.Nested(EvidenceToldSchema), dump_only=True)
    pools = fields.List(fields.Nested(PoolSchema), dump_only=True)
    cost_summary = fields.Nested(CostSummarySchema, dump_only=True)
    local_results = fields.List(fields.Nested(LocalResultSchema), dump_only=True)
    actuals = fields.List(fields.Nested(ActualSchema), dump_only=True)
    guidelines = fields.List(fields.Pluck("GuidelineSchema", "slug"), dump_only=True)


def solution_records(solutions: Sequence[Solution], **dates: Any) -> list[SolutionRecord]:
    """What is known of each of `solutions`; a fixed number of statements.

    Deployments and what they tell are as of a date; what the catalog says of itself is today's.
    """
    when = When.of(**dates)
    adoptions, gaps = rollout().adoptions(solutions, when), gaps_of(solutions)
    return [SolutionRecord(it, adoptions.get(it.slug, []), gaps[it.id], when) for it in solutions]
