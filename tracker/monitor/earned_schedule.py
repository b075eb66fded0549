"""Earned schedule: the month in which what is earned now was to be earned, by the plan."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.monitor.performance import Lacking


@dataclass(frozen=True)
class EarnedSchedule:
    """Earned schedule (ES) and actual time (AT) in months, and of how many packages; or why not."""

    es_months: float | None
    at_months: float | None
    known: int
    lacking: Lacking | None = None

    @property
    def sv_months(self) -> float | None:
        """Schedule variance in time, SV(t): below 0 is late."""
        if self.es_months is None or self.at_months is None:
            return None
        return self.es_months - self.at_months

    @property
    def spi_t(self) -> float | None:
        """Schedule performance index in time, SPI(t): below 1 is late."""
        if self.es_months is None or not self.at_months:
            return None
        return self.es_months / self.at_months


def earned_months(earned: float, planned: Sequence[float], actual: float) -> float:
    """Earned schedule in periods: ES = C + (EV - PV_C) / (PV_C+1 - PV_C).

    `planned`: planned value at the end of period 1, 2 ..., which never falls; C counts those that
    `earned` has reached. Where the plan stands still at just what is earned, any of those periods
    answers; the one nearest to `actual`, the time that has gone by, counts. What is earned in
    full is earned in the period in which it was planned.

    Source: Lipke, "Schedule is Different", The Measurable News (2003), 31-34.
    """
    values = [0.0, *planned]
    reached = max(n for n, value in enumerate(values) if value <= earned)
    if values[reached] == earned or reached == len(planned):
        first = values.index(values[reached])
        last = first if reached == len(planned) else reached
        return float(min(max(actual, first), last))
    step = values[reached + 1] - values[reached]
    return reached + (earned - values[reached]) / step


def months_gone(begun: date, day: date) -> float:
    """Months from the beginning of the month of `begun` to the end of `day`."""
    whole = (day.year - begun.year) * 12 + day.month - begun.month
    return whole + day.day / monthrange(day.year, day.month)[1]


def month_ends(begun: date, months: int) -> list[date]:
    """The last days of the month of `begun` and of those after it, `months` of them."""
    ends = []
    year, month = begun.year, begun.month
    for _n in range(months):
        if year > date.max.year:
            break
        ends.append(date(year, month, monthrange(year, month)[1]))
        year, month = (year, month + 1) if month < date.max.month else (year + 1, 1)
    return ends


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day + timedelta(days=monthrange(day.year, day.month)[1] - day.day)
