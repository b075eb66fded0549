"""Reliability: how many work, how much of the time, and how fast they were mended. Pure.

Terms as in IEC 60050-192:2015, the international vocabulary of dependability: up time and down
time (192-02-20, 192-02-21), availability as up time over both, time to restoration. Days are
whole: an inspection tells the day, not the hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import sqrt
from typing import NamedTuple

from catalog.effects.rates import Interval

Z = 1.959964  # 97.5 % point of the normal distribution, for 95 % intervals


class Seen(NamedTuple):
    """One look at a unit, or its repair: the day, and whether it worked from then on."""

    on: date
    works: bool


class Times(NamedTuple):
    """Days that units were up and down, and the days that each ended restoration took."""

    up_days: int = 0
    down_days: int = 0
    restorations: tuple[int, ...] = ()

    @property
    def availability(self) -> float | None:
        """Up time over up time and down time, from 0 to 1; None before a day has passed."""
        total = self.up_days + self.down_days
        return self.up_days / total if total else None

    @property
    def mean_days_to_restoration(self) -> float | None:
        """Mean of the restorations that have ended; None where none has."""
        found = self.restorations
        return sum(found) / len(found) if found else None


def times_of(history: Sequence[Seen], until: date) -> Times:
    """The days of one unit from its first inspection to `until`.

    `history` in the order in which it happened. What was found holds until the next look: a fault
    begins on the day it was found, and the newest finding holds until `until`. So down time
    before the finding is not counted, and a unit nobody looks at keeps its state.
    """
    up = down = 0
    restorations: list[int] = []
    down_since: date | None = None
    following = [*(seen.on for seen in history[1:]), until]
    for seen, end in zip(history, following, strict=False):
        if seen.works and down_since is not None:
            restorations.append((seen.on - down_since).days)
            down_since = None
        elif not seen.works and down_since is None:
            down_since = seen.on
        days = max((end - seen.on).days, 0)
        up, down = (up + days, down) if seen.works else (up, down + days)
    return Times(up, down, tuple(restorations))


def together(all_times: Iterable[Times]) -> Times:
    """The days of many units added up."""
    up = down = 0
    restorations: list[int] = []
    for it in all_times:
        up, down = up + it.up_days, down + it.down_days
        restorations += it.restorations
    return Times(up, down, tuple(restorations))


def share(count: int, of: int) -> Interval:
    """`count` of `of` as a share, with its 95 % score interval.

    The interval says what the inspected tell of all, if they were chosen by chance.
    Raises ValueError unless 0 <= count <= of and of > 0.
    Source: Wilson, Journal of the American Statistical Association 22 (1927), 209.
    """
    if not 0 <= count <= of or of == 0:
        raise ValueError("a share needs 0 <= count <= of and of > 0")
    found, squared = count / of, Z * Z
    middle = (found + squared / (2 * of)) / (1 + squared / of)
    spread = found * (1 - found) / of + squared / (4 * of * of)
    half = Z / (1 + squared / of) * sqrt(spread)
    # The ends are exact where nothing or everything works; rounding would put them beyond.
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == of else middle + half
    return Interval(found, low, high)
