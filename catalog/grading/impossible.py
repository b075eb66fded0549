"""Impossible numbers: what no study can have found, with the sentence that says why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from catalog.effects.effects import EstimateKind
from catalog.effects.numbers import Numbers, effect_of
from catalog.grading.studies import Compared

Values = Mapping[str, Any]
Wrong = Iterator[tuple[str, str]]
WHOLE = 100.0
SIDES = ("before", "after")


def impossible(values: Values) -> dict[str, list[str]]:
    """What is impossible in the values of a piece of evidence: sentences by field."""
    found: dict[str, list[str]] = {}
    for rule in RULES:
        for name, sentence in rule(values):
            found.setdefault(name, []).append(sentence)
    if not found:
        found = dict(_kind_of_estimate(values))
    return found


def _kind_of_estimate(values: Values) -> Iterator[tuple[str, list[str]]]:
    effect, kind = effect_of(Numbers.of(values)), values.get("estimate_kind")
    if effect and kind is not effect.kind:
        choice = effect.kind.value
        yield (
            "estimate_kind",
            [_("What the numbers give is of the kind %(kind)s; choose it.", kind=choice)],
        )


def counts(values: Values) -> Wrong:
    """Counts are not negative, not broken where they are held against an exposure."""
    has_exposure = values.get("exposure_equal") or values.get("before_exposure")
    for side in SIDES:
        count, spread = values.get(side), values.get(f"{side}_sd")
        if count is None:
            continue
        if count < 0 and spread is None:
            yield side, _("A count is never below zero; check the number.")
        elif has_exposure and spread is None and count != int(count):
            yield side, _("Give the whole count; the exposure makes the rate of it.")


def wholes(values: Values) -> Wrong:
    """A part is no larger than its whole, and both samples of a pair are given."""
    for side in SIDES:
        part, whole = values.get(side), values.get(f"{side}_of")
        if part is not None and whole is not None and part > whole:
            yield side, _("The part is larger than its whole; check both numbers.")
    for name in ("of", "exposure", "sd", "n"):
        given = [values.get(f"{side}_{name}") for side in SIDES]
        if (given[0] is None) != (given[1] is None):
            missing = SIDES[given[1] is None]
            yield f"{missing}_{name}", _("Give it for both, before and after, or for neither.")


def exposures(values: Values) -> Wrong:
    """Counts stand with their exposure."""
    pair = [values.get(f"{side}_exposure") for side in SIDES]
    if values.get("exposure_equal") and None not in pair and pair[0] != pair[1]:
        sentence = _("The two exposures differ, so they are not equal; correct one of them.")
        yield "exposure_equal", sentence
    if values.get("exposure_equal") and (not values.get("before") or values.get("after") is None):
        yield "before", _("Give both counts, with more than 0 before.")


def periods(values: Values) -> Wrong:
    """A period ends after it starts, and what came after came after."""
    for side in SIDES:
        start, end = values.get(f"{side}_from"), values.get(f"{side}_until")
        if start and end and end < start:
            yield f"{side}_until", _("This period ends before it starts; check both days.")
    first, second = values.get("before_until"), values.get("after_from")
    if first and second and second < first and values.get("compared") is not Compared.GROUPS:
        yield "after_from", _("The period after starts before the one before has ended.")
    ended, published = values.get("after_until"), values.get("published_year")
    if ended and published and published < ended.year:
        yield "published_year", _("It was published before it was measured; check the years.")


def intervals(values: Values) -> Wrong:
    """An interval has two ends and holds its estimate."""
    estimate, low, high = (values.get(f"given_{name}") for name in ("estimate", "low", "high"))
    if (low is None) != (high is None):
        yield (
            "given_high" if high is None else "given_low",
            _("Give both ends of the interval, or neither."),
        )
    elif low is not None and high is not None:
        if low > high:
            yield "given_low", _("The low end may not be above the high end.")
        elif estimate is None:
            yield "given_estimate", _("Give the estimate that the interval belongs to.")
        elif not low <= estimate <= high:
            yield (
                "given_estimate",
                _("The interval does not contain its estimate; check all three numbers."),
            )


def percentages(values: Values) -> Wrong:
    """Nothing falls by more than all of it, and no share is more than the whole."""
    kind, estimate = values.get("estimate_kind"), values.get("given_estimate")
    low = values.get("given_low")
    for name, change in (("given_estimate", estimate), ("given_low", low)):
        is_change = kind is EstimateKind.PERCENT_CHANGE
        if is_change and change is not None and change < -WHOLE:
            yield name, _("Nothing falls by more than 100 per cent; check the number.")
        if kind is EstimateKind.RATIO and change is not None and change < 0:
            yield name, _("A ratio of counts is never below zero; check the number.")
    printed = values.get("printed_change_pct")
    if printed is not None and printed < -WHOLE:
        yield "printed_change_pct", _("Nothing falls by more than 100 per cent; check the number.")
    if kind is EstimateKind.SHARE and estimate is not None and not 0 <= estimate <= WHOLE:
        yield "given_estimate", _("A share lies between 0 and 100 per cent; check the number.")
    points = estimate if kind is EstimateKind.PERCENTAGE_POINTS else None
    if points is not None and not -WHOLE <= points <= WHOLE:
        yield "given_estimate", _("Counts allow no change of more than 100 percentage points.")


RULES: tuple[Callable[[Values], Wrong], ...] = (
    counts,
    wholes,
    exposures,
    periods,
    intervals,
    percentages,
)
