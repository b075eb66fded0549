"""Headlines: the one effect that stands for a solution in a list, never a bare percentage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from catalog.effects.effects import Estimated, EstimateKind
from catalog.effects.pools import Pool, pools_of
from catalog.evidence import Evidence
from catalog.grading.grades import Grade
from catalog.grading.studies import Better
from catalog.solutions import Solution
from common.db import db
from common.schema import Choice, Schema


@dataclass(frozen=True)
class Headline(Estimated):
    """An effect with its range, its grade, and how many studies of which year it rests on.

    A ratio is after to before. Where `low` and `high` are None, `because` says why, in the
    reader's language; where `grade` is None, `why_no_grade` does. With more than one study the
    effect is their pooled mean, and the grade that of the weakest of them. What it does not say
    itself it says as its `evidence` does.
    """

    evidence: Evidence
    estimate_kind: EstimateKind | None
    estimate: float | None
    low: float | None
    high: float | None
    better: Better | None
    grade: Grade | None
    studies: int
    newest_year: int | None
    because: str | None
    why_no_grade: str | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.evidence, name)

    @property
    def pooled(self) -> bool:
        """Whether it is the mean of several studies."""
        return self.studies > 1

    @property
    def computed(self) -> Any:
        """Whether its number was worked out here, and is not printed in the source."""
        return self.pooled or self.evidence.computed

    @property
    def result_ko(self) -> str:
        """The number in words."""
        return self._mean if self.pooled else self.evidence.result_ko

    @property
    def result_en(self) -> str:
        """The number in words."""
        return self._mean if self.pooled else self.evidence.result_en

    @property
    def _mean(self) -> str:
        return f"{self.estimate:.2f} [{self.low:.2f}, {self.high:.2f}]"


def headlines_of(solutions: Sequence[Solution]) -> dict[str, Headline]:
    """The headline of each of `solutions` that has one, by slug; one statement for all."""
    ids = [it.id for it in solutions]
    query = select(Evidence).where(Evidence.solution_id.in_(ids)).order_by(Evidence.id)
    by_solution: dict[int, list[Evidence]] = defaultdict(list)
    for row in db.session.scalars(query):
        by_solution[row.solution_id].append(row)
    found = {it.slug: headline_of(by_solution[it.id]) for it in solutions}
    return {slug: headline for slug, headline in found.items() if headline}


def headline_of(evidence: Sequence[Evidence]) -> Headline | None:
    """The headline of one solution out of all its `evidence`; None where none was chosen."""
    row = next((it for it in evidence if it.headline), None)
    if row is None:
        return None
    pool = next((it for it in pools_of(evidence) if row in it.used and it.pooled), None)
    if pool:
        return _pooled(row, pool)
    return Headline(
        evidence=row,
        estimate_kind=row.estimate_kind,
        estimate=row.estimate,
        low=row.low,
        high=row.high,
        better=row.better,
        grade=row.grade,
        studies=0 if row.estimate is None else 1,
        newest_year=row.year,
        because=row.why_no_interval,
        why_no_grade=row.why_no_grade,
    )


def _pooled(row: Evidence, pool: Pool) -> Headline:
    mean = pool.mean
    return Headline(
        evidence=row,
        estimate_kind=EstimateKind.RATIO if pool.is_ratio else row.estimate_kind,
        estimate=mean.estimate if mean else None,
        low=mean.low if mean else None,
        high=mean.high if mean else None,
        better=row.better,
        grade=max((it.grade for it in pool.used if it.grade), default=None),
        studies=len(pool.used),
        newest_year=max((it.year for it in pool.used if it.year), default=None),
        because=None,
        why_no_grade=None,
    )


class HeadlineSchema(Schema):
    """A headline as the API tells it."""

    evidence = fields.Pluck("EvidenceSchema", "slug")
    estimate_kind = Choice(EstimateKind)
    estimate = fields.Float()
    low = fields.Float()
    high = fields.Float()
    better = Choice(Better)
    grade = Choice(Grade)
    studies = fields.Integer()
    newest_year = fields.Integer()
    no_interval_because = fields.String(attribute="because")
    no_grade_because = fields.String(attribute="why_no_grade")
