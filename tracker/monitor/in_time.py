"""In time: the earned schedule of packages together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tracker.monitor.earned_schedule import (
    EarnedSchedule,
    earned_months,
    month_ends,
    months_gone,
)
from tracker.monitor.packages import Package
from tracker.monitor.performance import Lacking

LONGEST = 1200  # months of a plan


def in_time(packages: Sequence[Package]) -> EarnedSchedule:
    """Earned schedule of the `packages` of which both values and the whole plan are known.

    Time runs from the month in which the first of them was selected, and stops in the month in
    which all was earned.
    """
    known = [it for it in packages if not lacking(it)]
    if not known:
        why = sorted(reason for it in packages if (reason := lacking(it)))
        return EarnedSchedule(None, None, 0, next(iter(why), Lacking.BUDGET))
    begun = min(it.site.selected_on for it in known)
    ends = month_ends(begun, _months(begun, max(it.plan_days[-1] for it in known)))
    planned = [sum(it.due_won(end) for it in known) for end in ends]
    earned = sum(it.now.ev.won or 0 for it in known)
    gone = months_gone(begun, known[0].as_of)
    if earned >= planned[-1]:
        gone = min(gone, _finished(known, ends, earned))
    return EarnedSchedule(earned_months(earned, planned, gone), gone, len(known))


def lacking(it: Package) -> Lacking | None:
    """What is missing of `it` for its earned schedule."""
    for value in (it.now.pv, it.now.ev, *it.plan_values):
        if value.lacking:
            return value.lacking
    if not it.now.bac.won or not it.plan_days:
        return Lacking.BUDGET
    return None if months_gone(it.site.selected_on, it.plan_days[-1]) <= LONGEST else Lacking.PLAN


def _months(begun: date, last: date) -> int:
    return max(1, (last.year - begun.year) * 12 + last.month - begun.month + 1)


def _finished(known: Sequence[Package], ends: Sequence[date], earned: int) -> float:
    """The number of the month at whose end all was earned."""
    begun, as_of = ends[0], known[0].as_of
    count = min(_months(begun, as_of), LONGEST)
    days = [end for end in month_ends(begun, count) if end < as_of]
    rows = [[values.ev.won or 0 for values in it.walked(days, it.on)] for it in known]
    sums = [sum(told) for told in zip(*rows, strict=True)]
    return float(next((n for n, won in enumerate(sums, 1) if won >= earned), len(days) + 1))
