"""Benefit: whole points for what is known of an effect, to order options by. Pure.

Effects of different solutions are told in different things (crashes, boardings, minutes), so how
large they are cannot be held against each other, and is not. What can be is how far the study lets
one trust it (grade) and whether the effect is there at all, at its estimate and at the weaker end
of its interval. The points are an order, not a measure: eight are not twice as good as four.
"""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from catalog.effects.effects import EstimateKind
from catalog.evidence import Better
from catalog.grading.grades import Grade
from common.locale import name_values


class Direction(StrEnum):
    """Which way an effect goes, as far as its number tells."""

    CLEAR = "clear_effect"  # better at the estimate and over the whole interval
    UNSURE = "unsure_effect"  # better at the estimate; the interval allows none
    NO_INTERVAL = "effect_without_interval"  # better at the estimate; no interval is known
    UNKNOWN = "effect_not_known"  # nobody measured, or what was measured is no effect
    NONE = "no_effect"  # no better at the estimate, or worse


name_values(
    {
        Direction.CLEAR: _l("better, over the whole interval"),
        Direction.UNSURE: _l("better at the estimate, but the interval allows no effect"),
        Direction.NO_INTERVAL: _l("better at the estimate; how sure is not known"),
        Direction.UNKNOWN: _l("effect not known"),
        Direction.NONE: _l("no better, or worse, than before"),
    }
)

FULL_POINTS = {Grade.A: 8, Grade.B: 6, Grade.C: 4, Grade.D: 2}
KEPT_POINTS = 1  # an unknown effect keeps an option, behind every graded one that was surely better
NO_EFFECT_AT = {
    EstimateKind.RATIO: 1.0,
    EstimateKind.PERCENT_CHANGE: 0.0,
    EstimateKind.PERCENTAGE_POINTS: 0.0,
    EstimateKind.MINUTES: 0.0,
}


def direction_of(
    kind: EstimateKind | None,
    estimate: float | None,
    low: float | None,
    high: float | None,
    better: Better | None,
) -> Direction:
    """Which way an effect goes; unknown where it is no change, or nobody says what is better."""
    if kind not in NO_EFFECT_AT or estimate is None or better is None:
        return Direction.UNKNOWN
    sign = 1 if better is Better.UP else -1
    none = NO_EFFECT_AT[kind]
    if sign * (estimate - none) <= 0:
        return Direction.NONE
    weaker = low if better is Better.UP else high
    if weaker is None:
        return Direction.NO_INTERVAL
    return Direction.CLEAR if sign * (weaker - none) > 0 else Direction.UNSURE


def points(grade: Grade | None, direction: Direction) -> int:
    """0 to 8 points at the estimate.

    Full points by grade where the effect is clear, half where it is not or its range is unknown.
    An unknown effect, or one that cannot be rated, keeps one point; no effect has none.
    """
    if direction is Direction.NONE:
        return 0
    if direction is Direction.UNKNOWN or grade is None:
        return KEPT_POINTS
    full = FULL_POINTS[grade]
    return full if direction is Direction.CLEAR else full // 2


def low_points(grade: Grade | None, direction: Direction) -> int | None:
    """0 to 8 points at the weaker end of the interval; None where that end is not known."""
    if direction in (Direction.UNKNOWN, Direction.NO_INTERVAL) or grade is None:
        return None
    return FULL_POINTS[grade] if direction is Direction.CLEAR else 0
