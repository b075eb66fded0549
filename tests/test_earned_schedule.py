"""Earned schedule: by its published formula and examples."""

from __future__ import annotations

from datetime import date
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.monitor.earned_schedule import (
    EarnedSchedule,
    earned_months,
    month_ends,
    months_gone,
)

rising = st.lists(st.integers(1, 10**12), min_size=1, max_size=60).map(
    lambda steps: list(accumulate(steps))
)


def in_time(earned: float, planned: list[int], gone: float) -> EarnedSchedule:
    return EarnedSchedule(earned_months(earned, planned, gone), gone, 1)


def test_seven_months_are_gone_and_five_are_earned():
    """The slide of Lipke, "Earned Schedule", International Metrics Congress (2007), 6-7.

    What is earned after 7 months was planned for the end of month 5: 2 months behind.
    """
    found = in_time(500, [100, 200, 300, 400, 500, 700, 900, 1000], 7)
    assert (found.es_months, found.sv_months) == (5, -2)


def test_week_twenty_with_what_was_planned_for_week_eighteen():
    """ES 18, AT 20: SV(t) -2, SPI(t) 0.90.

    Source: HK School of Management, "Earned Schedule (ES)", example.
    """
    found = in_time(1800, [100 * week for week in range(1, 25)], 20)
    assert found.sv_months == -2
    assert found.spi_t == pytest.approx(0.90)


def test_a_part_of_june_is_earned_by_its_share():
    """ES = 5 + (EV - PV(May)) / (PV(June) - PV(May)): Lipke, "Earned Schedule Concept"."""
    assert earned_months(560, [100, 200, 300, 400, 500, 700, 900], 7) == pytest.approx(5.3)


@given(rising, st.data())
def test_it_rises_with_what_is_earned_and_never_leaves_the_plan(planned, data):
    earned = sorted(data.draw(st.lists(st.integers(0, planned[-1]), min_size=2, max_size=2)))
    gone = data.draw(st.floats(0.1, 80))
    less, more = (earned_months(it, planned, gone) for it in earned)
    assert 0 <= less <= more <= len(planned)


@given(rising, st.data())
def test_who_earned_what_was_planned_is_on_time(planned, data):
    month = data.draw(st.integers(1, len(planned)))
    found = in_time(planned[month - 1], planned, month)
    assert (found.es_months, found.spi_t, found.sv_months) == (month, 1, 0)


def test_where_the_plan_stands_still_the_month_nearest_to_now_counts():
    planned = [0, 0, 0, 100, 100, 100, 200]
    assert [earned_months(0, planned, gone) for gone in (1, 2.5, 5)] == [1, 2.5, 3]
    assert [earned_months(100, planned, gone) for gone in (2, 5, 9)] == [4, 5, 6]
    assert earned_months(200, planned, 9) == earned_months(999, planned, 3) == 7


def test_what_is_unknown_has_no_index():
    nothing = EarnedSchedule(None, None, 0)
    assert (nothing.sv_months, nothing.spi_t) == (None, None)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 90))
def test_the_ends_of_months_are_whole_months_after_the_first(begun, count):
    ends = month_ends(begun, count)
    assert [months_gone(begun, end) for end in ends] == list(range(1, count + 1))
    assert all(before < after for before, after in pairwise(ends))


def test_time_ends_with_the_calendar():
    assert month_ends(date(9999, 11, 5), 9) == [date(9999, 11, 30), date(9999, 12, 31)]
