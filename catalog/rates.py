"""Rates: how far two counts can be told apart. Pure."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from scipy.stats import binomtest


class Interval(NamedTuple):
    """An estimate with the ends of its 95 % interval."""

    estimate: float
    low: float
    high: float


@cache
def rate_ratio(
    before: int, after: int, *, years_before: float = 1.0, years_after: float = 1.0
) -> Interval:
    """Ratio of two Poisson event rates, after to before, with its exact 95 % interval.

    `before`, `after`: counts; exposure in years > 0. Raises ValueError for a negative count,
    for an exposure of zero, and where `before` is 0 and the ratio has no value.

    Given their sum, `after` is binomial; the interval is Clopper-Pearson's, carried over.
    Source: Przyborowski & Wilenski, Biometrika 31 (1940), 313.
    """
    if before <= 0 or after < 0 or years_before <= 0 or years_after <= 0:
        raise ValueError("counts must not be negative, nor `before` or an exposure zero")
    share = binomtest(after, before + after).proportion_ci(0.95, method="exact")
    exposure = years_before / years_after
    high = float("inf") if share.high == 1 else share.high / (1 - share.high) * exposure
    return Interval(after / before * exposure, share.low / (1 - share.low) * exposure, high)
