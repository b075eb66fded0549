"""Headlines: the one effect that stands for a solution in a list, never a bare percentage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from catalog.effects import EstimateKind
from catalog.evidence import Better, Evidence
from catalog.grades import Grade
from catalog.solutions import Solution
from common.db import db
from common.locale import said, word


@dataclass(frozen=True)
class Headline:
    """An effect with its range, its grade, and how many studies of which year it rests on.

    Where `low` and `high` are None, `because` says why, in the reader's language.
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
    because = None if row.low is not None else why_no_interval(row)
    return Headline(
        evidence=row,
        estimate_kind=row.estimate_kind,
        estimate=row.estimate,
        low=row.low,
        high=row.high,
        better=row.better,
        grade=row.grade,
        studies=1,
        newest_year=None,
        because=because,
    )


def why_no_interval(row: Evidence) -> str | None:
    """Why an effect has no interval, in the reader's language."""
    written: str | None = said(row, "no_interval_because")
    return written or (word(row.computed.because) if row.computed else None) or None
