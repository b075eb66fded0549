"""Forest plot: where the effects of a solution lie on one log axis. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from catalog.effects.headlines import Headline
from catalog.effects.local_results import LocalResult
from catalog.evidence import Evidence
from catalog.grading.studies import CONTROLLED, EvidenceKind

AXIS_LOW, AXIS_HIGH = 0.1, 3.0
Shown = Evidence | LocalResult
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Mark:
    """One row of the plot; positions in per cent of the axis, None where nothing is drawn."""

    evidence: Shown | Headline
    x_pct: float
    low_pct: float | None
    high_pct: float | None

    @property
    def controlled(self) -> bool:
        """Whether the study had a control group."""
        return self.evidence.design in CONTROLLED

    @property
    def off_axis(self) -> bool:
        """Whether the effect lies beyond the axis and is drawn at its end."""
        ratio = self.evidence.ratio
        return ratio is not None and not AXIS_LOW <= ratio.estimate <= AXIS_HIGH


@dataclass(frozen=True)
class Groups:
    """The evidence of a solution as its page shows it, nothing left out."""

    effects: list[Mark]
    side_effects: list[Mark]
    others: list[Shown]
    satisfaction: list[Shown]
    failures: list[Shown]
    ungraded: list[Shown]


def position(ratio: float) -> float:
    """Where `ratio` lies on the axis, in per cent from its low end; ends are kept inside."""
    inside = min(max(ratio, AXIS_LOW), AXIS_HIGH)
    return round(100 * log10(inside / AXIS_LOW) / log10(AXIS_HIGH / AXIS_LOW), 2)


def forest_groups(evidence: Sequence[Shown]) -> Groups:
    """Each piece of evidence in just one group, in its own order."""
    groups = Groups([], [], [], [], [], [])
    for row in evidence:
        if row.kind is EvidenceKind.FAILURE:
            groups.failures.append(row)
        elif row.grade is None:
            groups.ungraded.append(row)
        elif row.kind is EvidenceKind.SATISFACTION:
            groups.satisfaction.append(row)
        elif row.ratio is None:
            groups.others.append(row)
        elif row.kind is EvidenceKind.SIDE_EFFECT:
            groups.side_effects.append(mark_of(row))
        else:
            groups.effects.append(mark_of(row))
    return groups


def ticks() -> list[tuple[float, str]]:
    """The places of the axis that carry a number."""
    return [(position(tick), f"{tick:g}") for tick in TICKS]


def mark_of(row: Shown | Headline) -> Mark:
    """Where `row` stands on the axis. Raises ValueError for what is no ratio."""
    ratio = row.ratio
    if ratio is None:
        raise ValueError(f"{row.slug} is no ratio")
    known = row.low is not None and row.high is not None
    return Mark(
        row,
        position(ratio.estimate),
        position(ratio.low) if known else None,
        position(ratio.high) if known else None,
    )
