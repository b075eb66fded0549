"""Effects: how far an after lies from its before, for evidence and for local results alike. Pure.

Whatever is shown as an effect with an interval comes out of this file, so that a number of the
rollout stands beside a number of the literature as its equal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from flask_babel import lazy_gettext as _l

from catalog.effects.rates import Interval, Mean, mean_difference, rate_ratio, share_difference
from catalog.grading.studies import Better, Finding
from common.locale import name_values


class EstimateKind(StrEnum):
    """What the estimate is a number of."""

    RATIO = "ratio"
    PERCENT_CHANGE = "percent_change"
    PERCENTAGE_POINTS = "percentage_points"
    SHARE = "share"
    COUNT = "count"
    MINUTES = "minutes"
    VALUE = "value"


# A value and a share stand by themselves; these are changes, and unchanged is:
NO_CHANGE = {
    EstimateKind.RATIO: 1.0,
    EstimateKind.PERCENT_CHANGE: 0.0,
    EstimateKind.PERCENTAGE_POINTS: 0.0,
    EstimateKind.MINUTES: 0.0,
}


class NoInterval(StrEnum):
    """Why an effect has no interval, or no number at all."""

    NO_BASELINE = "no_baseline"
    BEFORE_IS_ZERO = "before_is_zero"
    OTHER_EXPOSURE = "other_exposure"
    NOT_INDEPENDENT = "not_independent"
    NO_SPREAD = "no_spread"


name_values(
    {
        EstimateKind.RATIO: _l("ratio, after to before"),
        EstimateKind.PERCENT_CHANGE: _l("change in per cent"),
        EstimateKind.PERCENTAGE_POINTS: _l("change in percentage points"),
        EstimateKind.SHARE: _l("per cent"),
        EstimateKind.COUNT: _l("count"),
        EstimateKind.MINUTES: _l("minutes"),
        EstimateKind.VALUE: _l("value"),
        NoInterval.NO_BASELINE: _l("there is no approved baseline counted in the same way"),
        NoInterval.BEFORE_IS_ZERO: _l("nothing was counted before, so there is no ratio"),
        NoInterval.OTHER_EXPOSURE: _l("before and after are not counted against the same"),
        NoInterval.NOT_INDEPENDENT: _l("only separate events vary by chance in a known way"),
        NoInterval.NO_SPREAD: _l("the spread or the number of values is not known"),
    }
)


class Sample(NamedTuple):
    """What was counted, against what: `exposure` > 0 for events, the whole for a share."""

    number: int
    exposure: float


class Effect(NamedTuple):
    """An effect with its 95 % interval; what is not known is None, with the reason."""

    kind: EstimateKind
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    because: NoInterval | None = None


class HasEstimate(Protocol):
    """Whatever has an estimate and perhaps an interval."""

    @property
    def estimate_kind(self) -> EstimateKind | None:
        """What the estimate is a number of."""

    @property
    def estimate(self) -> float | None:
        """The estimate."""

    @property
    def low(self) -> float | None:
        """The low end."""

    @property
    def high(self) -> float | None:
        """The high end."""


class Estimated:
    """What follows from an estimate, whoever made it."""

    @property
    def ratio(self: HasEstimate) -> Interval | None:
        """The effect on the ratio scale of the forest plot; None for what is no ratio."""
        if self.estimate_kind is EstimateKind.RATIO and self.estimate is not None:
            point = self.estimate
            low, high = self.low, self.high
            return Interval(point, point if low is None else low, point if high is None else high)
        if self.estimate_kind is EstimateKind.PERCENT_CHANGE and self.estimate is not None:
            point = 1 + self.estimate / 100
            return Interval(point, point, point)
        return None

    @property
    def crosses_one(self: HasEstimate) -> bool:
        """Whether the interval of a ratio leaves open if anything changed."""
        is_ratio = self.estimate_kind in (EstimateKind.RATIO, EstimateKind.PERCENT_CHANGE)
        if not is_ratio or self.low is None or self.high is None:
            return False
        return self.low < 1 < self.high


def finding_of(effect: HasEstimate, better: Better | None) -> Finding | None:
    """What a change comes to; None for what is no change, and where no way is the good one."""
    same = NO_CHANGE.get(effect.estimate_kind) if effect.estimate_kind else None
    if same is None or effect.estimate is None or better is None:
        return None
    low, high = effect.low, effect.high
    is_open = low is not None and high is not None and low <= same <= high
    if is_open or effect.estimate == same:
        return Finding.OPEN
    rose = effect.estimate > same
    return Finding.BETTER if rose == (better is Better.UP) else Finding.WORSE


def change_of_counts(before: Sample, after: Sample, *, events: bool = True) -> Effect:
    """Ratio of two rates, after to before; an interval only where `events` are counted.

    Uses and passers-by come in crowds and again and again, so their spread is not that of
    separate events, and an interval made as if it were would be far too narrow.
    """
    kind = EstimateKind.RATIO
    if before.number <= 0:
        return Effect(kind, because=NoInterval.BEFORE_IS_ZERO)
    years = {"years_before": before.exposure, "years_after": after.exposure}
    found = rate_ratio(before.number, after.number, **years)
    if not events:
        return Effect(kind, found.estimate, because=NoInterval.NOT_INDEPENDENT)
    return Effect(kind, *found)


def change_of_shares(before: Sample, after: Sample) -> Effect:
    """Change of a share in percentage points."""
    parts = (before.number, int(before.exposure), after.number, int(after.exposure))
    point, low, high = (100 * value for value in share_difference(*parts))
    return Effect(EstimateKind.PERCENTAGE_POINTS, point, low, high)


def change_of_means(
    before: tuple[float, float | None, int | None], after: tuple[float, float | None, int | None]
) -> Effect:
    """Change of a mean in its unit, from (mean, standard deviation, number of values)."""
    kind = EstimateKind.VALUE
    samples = [
        Mean(mean, sd, n)
        for mean, sd, n in (before, after)
        if sd is not None and n is not None and n > 1
    ]
    if len(samples) < len((before, after)):
        return Effect(kind, after[0] - before[0], because=NoInterval.NO_SPREAD)
    return Effect(kind, *mean_difference(*samples))
