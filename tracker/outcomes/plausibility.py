"""Plausibility: what an outcome can't be, and what it needs a reason for. Pure.

A hard rule refuses. A soft one asks for a reason, which whoever decides reads beside the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import fmean, median
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from catalog.evidence import Counting
from catalog.indicators import IndicatorKind
from common.facts import today
from common.locale import name_values, number, said, word

LARGE_CHANGE = 10  # times the baseline, up or down
ENOUGH_SITES = 5
FAR_OUT = 3.5
DAYS_A_YEAR = 365.25


class OutcomeKind(StrEnum):
    """What an outcome is in the story of a deployment."""

    BASELINE = "baseline"
    TARGET = "target"
    MEASUREMENT = "measurement"


class Rule(StrEnum):
    """A soft rule, by name."""

    OUTSIDE_RANGE = "outside_range"
    OVERLAP = "overlap"
    BEFORE_INSTALLATION = "before_installation"
    AFTER_INSTALLATION = "after_installation"
    LARGE_CHANGE = "large_change"
    OUTLIER = "outlier"
    OTHER_COUNTING = "other_counting"


# One call for each: members of two enums are equal when their values are, and so are their keys.
name_values(
    {
        OutcomeKind.BASELINE: _l("Baseline"),
        OutcomeKind.TARGET: _l("Target"),
        OutcomeKind.MEASUREMENT: _l("Measurement"),
    }
)
name_values(
    {
        Rule.OUTSIDE_RANGE: _l("outside the plausible range"),
        Rule.OVERLAP: _l("overlaps another one"),
        Rule.BEFORE_INSTALLATION: _l("begins before the installation"),
        Rule.AFTER_INSTALLATION: _l("reaches beyond the installation"),
        Rule.LARGE_CHANGE: _l("very large change"),
        Rule.OUTLIER: _l("far from other sites"),
        Rule.OTHER_COUNTING: _l("counted otherwise than the baseline"),
    }
)


@dataclass(frozen=True)
class Finding:
    """A soft rule that was met: the field, and value, rule and remedy in one sentence."""

    rule: Rule
    field: str
    sentence: str


@dataclass(frozen=True)
class Around:
    """What stands around an outcome: its baseline, its neighbours in time, other sites."""

    baseline: Any = None
    baselines_counted: frozenset[Counting] = frozenset()
    periods: Sequence[tuple[date, date]] = ()
    installed_on: date | None = None
    elsewhere: Sequence[float] = field(default=())


def exposure(told: Mapping[str, Any]) -> float | None:
    """What the count is held against: the denominator, for a rate else the period in years."""
    if told["denominator"] is not None:
        return float(told["denominator"])
    if told["indicator"].kind is not IndicatorKind.RATE:
        return None
    days: int = (told["ends_on"] - told["begins_on"]).days + 1
    return days / DAYS_A_YEAR


def value_of(told: Mapping[str, Any]) -> float | None:
    """The number that is told, in the unit of its indicator; None where it is not whole."""
    if told["indicator"].kind is IndicatorKind.MEAN:
        return None if told["mean"] is None else float(told["mean"])
    against = exposure(told)
    if told["numerator"] is None or not against:
        return None
    scale = 100 if told["indicator"].kind is IndicatorKind.PROPORTION else 1
    return float(scale * told["numerator"] / against)


def modified_z(value: float, others: Sequence[float]) -> float:
    """How far `value` lies from the median of all, in robust standard deviations.

    Beyond 3.5 it is called an outlier. Where more than half are equal, the mean absolute deviation
    stands in for the median one. Source: Iglewicz & Hoaglin, How to Detect and Handle Outliers
    (ASQC 1993), 11.
    """
    values = [*others, value]
    middle = median(values)
    distances = [abs(it - middle) for it in values]
    if median(distances) > 0:
        return 0.6745 * (value - middle) / median(distances)
    spread = fmean(distances)
    return (value - middle) / (1.253314 * spread) if spread else 0.0


def impossible(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """Why an outcome can't be taken: sentences by field; nothing for one that can.

    `told` has the fields of an outcome, with deployment and indicator as things.
    """
    errors: dict[str, list[str]] = {}
    for name, sentence in (
        *_indicator_errors(told),
        *_number_errors(told),
        *_day_errors(told),
        *_part_errors(told),
    ):
        errors.setdefault(name, []).append(sentence)
    return errors


def _indicator_errors(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    indicator, counting = told["indicator"], told["counting"]
    found = []
    own = indicator.solution_id
    if own is not None and own != told["deployment"].solution_id:
        found.append(("indicator", _("This indicator is of another solution; choose one of its.")))
    if indicator.of_use and counting is Counting.PASSING_BY:
        sentence = _("Passing by is never use. Report passers-by under an indicator of their own.")
        found.append(("counting", sentence))
    elif counting not in indicator.methods:
        names = ", ".join(word(method) for method in indicator.methods)
        sentence = _(
            "“%(value)s” is not how this is counted; choose one of: %(names)s.",
            value=word(counting),
            names=names,
        )
        found.append(("counting", sentence))
    return found


def _number_errors(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind = told["indicator"].kind
    if kind is IndicatorKind.MEAN:
        found = [("mean", _("Give the mean."))] if told["mean"] is None else []
        return found + _given(told, "numerator", "denominator")
    found = _given(told, "mean", "sd", "n")
    if told["numerator"] is None:
        found.append(("numerator", _("Give the count.")))
    whole = told["denominator"]
    if whole is None and told["indicator"].denominator_en:
        sentence = _("Say per how much: %(what)s.", what=said(told["indicator"], "denominator"))
        found.append(("denominator", sentence))
    if whole is None or kind is not IndicatorKind.PROPORTION:
        return found
    if whole != int(whole):
        found.append(("denominator", _("Write a whole number, for example 12.")))
    elif told["numerator"] is not None and told["numerator"] > whole:
        sentence = _(
            "%(part)s of %(whole)s: a part is never more than its whole; check both numbers.",
            part=number(told["numerator"]),
            whole=number(whole),
        )
        found.append(("numerator", sentence))
    return found


def _given(told: Mapping[str, Any], *names: str) -> list[tuple[str, str]]:
    sentence = _("This indicator has no such number; leave it empty.")
    return [(name, sentence) for name in names if told[name] is not None]


def _day_errors(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    begin, end = told["begins_on"], told["ends_on"]
    found = []
    if end < begin:
        sentence = _(
            "It ends on %(end)s, before it begins on %(begin)s; change one of them.",
            end=end,
            begin=begin,
        )
        found.append(("ends_on", sentence))
    if told["kind"] is OutcomeKind.TARGET:
        return found
    if end > today():
        sentence = _("%(end)s has not come yet; report what was counted until today.", end=end)
        found.append(("ends_on", sentence))
    chosen = told["deployment"].site.selected_on
    if told["kind"] is OutcomeKind.MEASUREMENT and end < chosen:
        sentence = _(
            "%(end)s is before the site was selected on %(chosen)s; report this as a baseline.",
            end=end,
            chosen=chosen,
        )
        found.append(("ends_on", sentence))
    return found


def _part_errors(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    parts, found = told["parts"], []
    is_share = told["indicator"].kind is IndicatorKind.PROPORTION
    if parts and told["numerator"] is None:
        return [("parts", _("Only counts are broken down; take the rows away."))]
    names = ("numerator", "denominator") if is_share else ("numerator",)
    for by in dict.fromkeys(part["by"] for part in parts):
        for name in names:
            total = sum(part[name] or 0 for part in parts if part["by"] is by)
            whole = told[name]
            if whole is not None and total > whole:
                sentence = _(
                    "%(by)s: the rows add up to %(total)s, more than %(whole)s; mend a row.",
                    by=word(by),
                    total=number(total),
                    whole=number(whole),
                )
                found.append(("parts", sentence))
    if is_share and any(
        part["denominator"] is not None and part["numerator"] > part["denominator"]
        for part in parts
    ):
        found.append(("parts", _("In a row the part is more than its whole; check the row.")))
    return found


def doubtful(told: Mapping[str, Any], around: Around) -> list[Finding]:
    """What an outcome needs a reason for, beside what stands `around` it."""
    found = [*_period_doubts(told, around)]
    value = value_of(told)
    if value is None or told["kind"] is OutcomeKind.TARGET:
        return found
    return [*found, *_range_doubts(told, value), *_distance_doubts(told, value, around)]


def _period_doubts(told: Mapping[str, Any], around: Around) -> list[Finding]:
    begin, end, kind = told["begins_on"], told["ends_on"], told["kind"]
    found = []
    over = next((it for it in around.periods if it[0] <= end and begin <= it[1]), None)
    if over:
        sentence = _(
            "%(begin)s to %(end)s overlaps one from %(other)s to %(until)s; the same would count "
            "twice. Change the days, or say why.",
            begin=begin,
            end=end,
            other=over[0],
            until=over[1],
        )
        found.append(Finding(Rule.OVERLAP, "begins_on", sentence))
    stood = around.installed_on
    if stood and kind is OutcomeKind.MEASUREMENT and begin < stood:
        sentence = _(
            "It begins on %(begin)s, before the installation on %(stood)s; begin later, "
            "or say why.",
            begin=begin,
            stood=stood,
        )
        found.append(Finding(Rule.BEFORE_INSTALLATION, "begins_on", sentence))
    if stood and kind is OutcomeKind.BASELINE and end >= stood:
        sentence = _(
            "It ends on %(end)s, after the installation on %(stood)s; end earlier, or say why.",
            end=end,
            stood=stood,
        )
        found.append(Finding(Rule.AFTER_INSTALLATION, "ends_on", sentence))
    return found


def _range_doubts(told: Mapping[str, Any], value: float) -> list[Finding]:
    low, high = told["indicator"].plausible_low, told["indicator"].plausible_high
    if (low is None or value >= low) and (high is None or value <= high):
        return []
    sentence = _(
        "%(value)s is outside the plausible range, %(low)s to %(high)s; check it, or say why.",
        value=number(value),
        low=number(low),
        high=number(high),
    )
    return [Finding(Rule.OUTSIDE_RANGE, "numerator", sentence)]


def _distance_doubts(told: Mapping[str, Any], value: float, around: Around) -> list[Finding]:
    found = []
    is_after = told["kind"] is OutcomeKind.MEASUREMENT
    if is_after and around.baselines_counted and told["counting"] not in around.baselines_counted:
        sentence = _(
            "The baseline was not counted as “%(value)s”, so there will be no effect; "
            "count it the same way, or say why.",
            value=word(told["counting"]),
        )
        found.append(Finding(Rule.OTHER_COUNTING, "counting", sentence))
    before = around.baseline
    if is_after and before and not before / LARGE_CHANGE <= value <= before * LARGE_CHANGE:
        sentence = _(
            "%(value)s is more than %(times)s times away from the baseline of %(before)s; "
            "check it, or say why.",
            value=number(value),
            times=LARGE_CHANGE,
            before=number(before),
        )
        found.append(Finding(Rule.LARGE_CHANGE, "numerator", sentence))
    if len(around.elsewhere) < ENOUGH_SITES:
        return found
    far = modified_z(value, around.elsewhere)
    if abs(far) > FAR_OUT:
        sentence = _(
            "%(value)s lies far from %(sites)s other sites, whose median is %(median)s "
            "(modified z-score %(z)s, limit %(limit)s); check it, or say why.",
            value=number(value),
            sites=len(around.elsewhere),
            median=number(median(around.elsewhere)),
            z=number(far),
            limit=FAR_OUT,
        )
        found.append(Finding(Rule.OUTLIER, "numerator", sentence))
    return found
