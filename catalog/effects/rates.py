"""Rates: how far two counts, two shares or two means can be told apart. Pure."""

from __future__ import annotations

from functools import cache
from math import hypot, sqrt
from typing import NamedTuple

from scipy.special import betaincinv, ndtri, stdtrit

TAIL = 0.025
Z = float(ndtri(1 - TAIL))


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


def wilson(count: int, of: int) -> Interval:
    """Share of `count` among `of`, both from 0 to 1, with its 95 % score interval.

    Raises ValueError unless 0 <= `count` <= `of` and `of` > 0.

    Source: Wilson, Journal of the American Statistical Association 22 (1927), 209.
    """
    if of <= 0 or not 0 <= count <= of:
        raise ValueError("a share needs a whole that is above zero and no smaller than its part")
    share, scale = count / of, 1 + Z**2 / of
    middle = (share + Z**2 / (2 * of)) / scale
    half = Z * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2)) / scale
    return Interval(share, min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share))


def share_difference(before: int, of_before: int, after: int, of_after: int) -> Interval:
    """Share after less share before, from -1 to 1, with its 95 % interval.

    Counts of two independent samples. Raises ValueError like `wilson`.

    Source: Newcombe, Statistics in Medicine 17 (1998), 873, method 10 (hybrid score).
    """
    old, new = wilson(before, of_before), wilson(after, of_after)
    difference = new.estimate - old.estimate
    low = difference - hypot(new.estimate - new.low, old.high - old.estimate)
    high = difference + hypot(new.high - new.estimate, old.estimate - old.low)
    return Interval(difference, low, high)


class Mean(NamedTuple):
    """A mean of `n` values with their standard deviation."""

    mean: float
    sd: float
    n: int


def mean_difference(before: Mean, after: Mean) -> Interval:
    """Mean after less mean before, in their unit, with its 95 % interval.

    Independent samples of at least two values each, whose spread may differ; raises ValueError
    for fewer, and for a negative spread.

    Source: Welch, Biometrika 34 (1947), 28; degrees of freedom as in Satterthwaite, Biometrics
    Bulletin 2 (1946), 110.
    """
    if min(before.n, after.n) <= 1 or min(before.sd, after.sd) < 0:
        raise ValueError("a mean needs two values or more and a spread that is not negative")
    parts = [sample.sd**2 / sample.n for sample in (before, after)]
    difference, total = after.mean - before.mean, sum(parts)
    if total == 0:
        return Interval(difference, difference, difference)
    shares = [part / total for part in parts]
    inverse = shares[0] ** 2 / (before.n - 1) + shares[1] ** 2 / (after.n - 1)
    half = float(stdtrit(1 / inverse, 1 - TAIL)) * sqrt(total)
    return Interval(difference, difference - half, difference + half)
