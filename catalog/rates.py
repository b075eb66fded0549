"""Rates: how far two counts can be told apart. Pure."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from scipy.special import betaincinv

TAIL = 0.025


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

    Given their sum, `after` is binomial; the interval is that of its share, carried over.
    Source: Przyborowski & Wilenski, Biometrika 31 (1940), 313; the share's exact interval:
    Clopper & Pearson, Biometrika 26 (1934), 404.
    """
    if before <= 0 or after < 0 or years_before <= 0 or years_after <= 0:
        raise ValueError("counts must not be negative, nor `before` or an exposure zero")
    low = float(betaincinv(after, before + 1, TAIL)) if after else 0.0
    high = float(betaincinv(after + 1, before, 1 - TAIL))
    exposure = years_before / years_after
    return Interval(
        after / before * exposure, low / (1 - low) * exposure, high / (1 - high) * exposure
    )
