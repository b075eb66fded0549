"""Effects of outcomes: each measurement against its baseline, worked out as evidence is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import lazyload

from catalog.effects.effects import (
    Effect,
    EstimateKind,
    NoInterval,
    Sample,
    change_of_counts,
    change_of_means,
    change_of_shares,
)
from catalog.effects.local_results import LocalResult
from catalog.evidence import Counting
from catalog.indicators import IndicatorKind
from catalog.solutions import Solution
from common.db import db
from common.facts import When
from tracker.outcomes.outcomes import Outcome, find_outcomes
from tracker.outcomes.plausibility import OutcomeKind

KIND_OF = {
    IndicatorKind.RATE: EstimateKind.RATIO,
    IndicatorKind.PROPORTION: EstimateKind.PERCENTAGE_POINTS,
    IndicatorKind.MEAN: EstimateKind.VALUE,
}


def effect_of(before: Outcome | None, after: Outcome) -> Effect:
    """The effect that `after` shows against `before`, or why there is none.

    Both have the same indicator. What is counted in two ways is never held against each other.
    """
    kind = after.indicator.kind
    if before is None or before.counting is not after.counting:
        return Effect(KIND_OF[kind], because=NoInterval.NO_BASELINE)
    if kind is IndicatorKind.MEAN:
        told = [(float(it.mean or 0), it.sd, it.n) for it in (before, after)]
        return change_of_means(*told)
    if (before.denominator is None) != (after.denominator is None):
        return Effect(KIND_OF[kind], because=NoInterval.OTHER_EXPOSURE)
    old, new = (Sample(it.numerator or 0, it.exposure or 1) for it in (before, after))
    if kind is IndicatorKind.PROPORTION:
        return change_of_shares(old, new)
    return change_of_counts(old, new, events=after.counting is Counting.EVENTS)


def baseline_of(after: Outcome, baselines: Sequence[Outcome]) -> Outcome | None:
    """The newest of `baselines`, newest first, that `after` can be held against."""
    return next(
        (
            it
            for it in baselines
            if it.deployment_id == after.deployment_id
            and it.indicator_id == after.indicator_id
            and it.counting is after.counting
        ),
        None,
    )


def local_results(solution: Solution, when: When) -> list[LocalResult]:
    """What approved measurements of `solution` show against approved baselines, newest first."""
    dates: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
    return _results(find_outcomes(solution=solution, everybody=True, **dates))


def results_of(deployments: Sequence[int], when: When) -> list[LocalResult]:
    """What approved measurements of the deployments with these ids show, newest first."""
    dates: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
    chosen = find_outcomes(everybody=True, **dates)
    return _results(chosen.where(Outcome.deployment_id.in_(deployments)))


def _results(chosen: Select[Any]) -> list[LocalResult]:
    kinds = (OutcomeKind.BASELINE, OutcomeKind.MEASUREMENT)
    # Only the numbers count here: their sources would be five sixths of the time.
    slim = (lazyload(Outcome.source), lazyload(Outcome.also))
    query = chosen.where(Outcome.kind.in_(kinds)).options(*slim)
    rows = db.session.scalars(query).unique().all()
    baselines = [it for it in rows if it.kind is OutcomeKind.BASELINE]
    pairs = ((it, baseline_of(it, baselines)) for it in rows if it.kind is OutcomeKind.MEASUREMENT)
    return [result_of(before, after) for after, before in pairs if before is not None]


def result_of(before: Outcome, after: Outcome) -> LocalResult:
    """A measurement and its baseline as the catalog tells them beside its evidence."""
    site = after.deployment.site
    first, last = ((it.mean if it.numerator is None else it.numerator) for it in (before, after))
    return LocalResult(
        slug=after.key,
        site=site.slug,
        deployment=after.deployment.slug,
        indicator=after.indicator,
        counting=after.counting,
        before=float(first or 0),
        after=float(last or 0),
        before_of=before.denominator,
        after_of=after.denominator,
        effect=effect_of(before, after),
        place_ko=site.name_ko,
        place_en=site.name_en,
        periods=(before.period, after.period),
        recorded_by=after.recorded_by,
        on=after.on,
    )
