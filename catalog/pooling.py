"""Pooling: what several independent studies of the same thing say together. Pure.

Effects come on a scale where they add: ratios as their logarithms, differences as they are. Sums
are exact (`fsum`), so that the order of the studies cannot matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, isfinite, sqrt
from typing import NamedTuple

from scipy.optimize import brentq
from scipy.special import chdtrc, stdtrit

from catalog.effects.rates import TAIL, Interval, Z

FEWEST = 2
FEWEST_TO_PREDICT = 3  # t with k - 2 degrees of freedom


class Study(NamedTuple):
    """An effect on a scale where effects add, with its standard error > 0."""

    effect: float
    se: float


class Pooled(NamedTuple):
    """The mean effect of `k` studies and how far they differ.

    `mean`: random-effects mean with its 95 % interval; `tau2`: variance between studies, from
    0; `q` on `df` degrees of freedom with `p`; `i2`: share of the spread beyond chance, 0 to 1;
    `prediction`: where the effect of a next place lies, 95 %; None for fewer than three studies.
    """

    k: int
    mean: Interval
    prediction: Interval | None
    tau2: float
    q: float
    df: int
    p: float
    i2: float


def pool(studies: Sequence[Study]) -> Pooled:
    """Random-effects mean of independent `studies`. Raises ValueError for fewer than two.

    Variance between studies by Paule & Mandel, Journal of Research of the National Bureau of
    Standards 87 (1982), 377; interval by `hartung_knapp`; prediction interval by Higgins,
    Thompson & Spiegelhalter, Journal of the Royal Statistical Society A 172 (2009), 137; Q by
    Cochran, Biometrics 10 (1954), 101; I2 by Higgins & Thompson, Statistics in Medicine 21
    (2002), 1539.
    """
    _check(studies)
    k, q = len(studies), cochran_q(studies)
    df = k - 1
    tau2 = paule_mandel(studies)
    mean, se = hartung_knapp(studies, tau2)
    return Pooled(
        k=k,
        mean=mean,
        prediction=_prediction(mean.estimate, se, tau2, k),
        tau2=tau2,
        q=q,
        df=df,
        p=float(chdtrc(df, q)),
        i2=max(0.0, (q - df) / q) if q else 0.0,
    )


def fixed(studies: Sequence[Study]) -> Interval:
    """Fixed-effect mean with its 95 % interval: it takes all studies for one and the same effect.

    Source: inverse variances, Cochran, Journal of the Royal Statistical Society Supplement 4
    (1937), 102.
    """
    mean, se = weighted(studies, 0.0)
    return Interval(mean, mean - Z * se, mean + Z * se)


def weighted(studies: Sequence[Study], tau2: float) -> tuple[float, float]:
    """Mean weighted by inverse variances with `tau2` between studies, and its standard error."""
    weights = [1 / (study.se**2 + tau2) for study in studies]
    total = fsum(weights)
    pairs = zip(weights, studies, strict=True)
    return fsum(weight * study.effect for weight, study in pairs) / total, 1 / sqrt(total)


def cochran_q(studies: Sequence[Study], tau2: float = 0.0) -> float:
    """Weighted squares of the distances from the mean; with `tau2`, in its general form."""
    mean, _se = weighted(studies, tau2)
    return fsum((study.effect - mean) ** 2 / (study.se**2 + tau2) for study in studies)


def paule_mandel(studies: Sequence[Study]) -> float:
    """The variance between studies at which the general Q equals its degrees of freedom, or 0.

    Source: Paule & Mandel (1982), see `pool`; recommended by Veroniki et al., Research Synthesis
    Methods 7 (2016), 55.
    """
    df = len(studies) - 1
    if cochran_q(studies) <= df:
        return 0.0
    effects = [study.effect for study in studies]
    # General Q is at most the squared range of the effects times their number, over tau2.
    most = len(studies) * (max(effects) - min(effects)) ** 2 / df
    return float(brentq(lambda tau2: cochran_q(studies, tau2) - df, 0.0, most, xtol=1e-12))


def hartung_knapp(studies: Sequence[Study], tau2: float) -> tuple[Interval, float]:
    """Random-effects mean with its 95 % interval from t with k - 1, and its standard error.

    The error is scaled by how far the studies really differ, and never made smaller by it.

    Sources: Hartung & Knapp, Statistics in Medicine 20 (2001), 3875; Sidik & Jonkman, Statistics
    in Medicine 21 (2002), 3153; never smaller: Röver, Knapp & Friede, BMC Medical Research
    Methodology 15 (2015), 99.
    """
    df = len(studies) - 1
    mean, se = weighted(studies, tau2)
    se *= sqrt(max(1.0, cochran_q(studies, tau2) / df))
    half = float(stdtrit(df, 1 - TAIL)) * se
    return Interval(mean, mean - half, mean + half), se


def _prediction(mean: float, se: float, tau2: float, k: int) -> Interval | None:
    if k < FEWEST_TO_PREDICT:
        return None
    half = float(stdtrit(k - 2, 1 - TAIL)) * sqrt(tau2 + se**2)
    return Interval(mean, mean - half, mean + half)


def _check(studies: Sequence[Study]) -> None:
    if len(studies) < FEWEST:
        raise ValueError("one study cannot be pooled")
    if not all(isfinite(study.effect) and study.se > 0 for study in studies):
        raise ValueError("a study needs a finite effect and a standard error above zero")
