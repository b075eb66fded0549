"""Working days in Korea: what a day that nobody works on becomes, and n working days from one."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import cache, lru_cache

import holidays

DAY = timedelta(days=1)
SATURDAY = 5
FARTHEST = date(2100, 12, 31)  # days are reckoned no farther than feasts of the moon are known


@cache
def feasts(year: int) -> dict[date, str]:
    """Public holidays of `year` in Korea by day, with their names in Korean.

    Substitute holidays (대체공휴일) are among them.

    Source: the package `holidays`, which follows 관공서의 공휴일에 관한 규정.
    """
    return dict(holidays.country_holidays("KR", years=year, language="ko"))


def feast(day: date) -> str | None:
    """The name of the holiday on `day`, in Korean; None for any other day."""
    return feasts(day.year).get(day)


def is_workday(day: date) -> bool:
    """Whether people in offices work on `day`: from Monday to Friday, and no holiday."""
    return day.weekday() < SATURDAY and feast(day) is None


def working(day: date) -> date:
    """`day` itself where it is a working day, else the next one."""
    while day < FARTHEST and not is_workday(day):
        day += DAY
    return day


def after(day: date, days: int) -> date:
    """The day that is `days` >= 0 working days after `day`; `working(day)` for none."""
    day = working(day)
    for _step in range(days):
        if day >= FARTHEST:
            break
        day = working(day + DAY)
    return day


def before(day: date, days: int) -> date:
    """The last day of which `days` >= 0 working days have passed by the end of `day`.

    A day is followed by at least `days` working days up to `day` exactly if it is not later.
    """
    passed = 0
    while passed < days or not is_workday(day):
        passed += is_workday(day)
        day -= DAY
    return day


def passed_since(day: date, until: date) -> int:
    """Working days after `day` up to and with `until`; 0 where `until` is not later."""
    years = range(day.year, until.year + 1) if day < until else ()
    return sum(
        bisect_right(workdays(year), until) - bisect_right(workdays(year), day) for year in years
    )


@lru_cache(maxsize=50)
def workdays(year: int) -> list[date]:
    """All working days of `year`, in order."""
    first = date(year, 1, 1).toordinal()
    days = map(date.fromordinal, range(first, date(year, 12, 31).toordinal() + 1))
    return [day for day in days if is_workday(day)]
