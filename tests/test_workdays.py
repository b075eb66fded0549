"""Working days in Korea: holidays, substitute holidays, and how an action stands to its day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.coaching.actions import Due, how_due
from tracker.coaching.workdays import after, before, feast, is_workday, passed_since, working

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def test_published_holidays_and_their_substitutes_are_no_working_days():
    # 추석 연휴 2025: 3 to 9 October, with a substitute holiday on the 8th.
    assert [it for it in range(3, 13) if is_workday(date(2025, 10, it))] == [10]
    assert feast(date(2025, 10, 8)) == "추석 대체 휴일"
    # 삼일절 2026 was a Sunday, so Monday the 2nd was free.
    assert working(date(2026, 3, 1)) == date(2026, 3, 3)
    assert working(date(2026, 3, 3)) == date(2026, 3, 3)


def test_working_days_are_counted_without_weekends_and_holidays():
    assert after(date(2025, 10, 2), 1) == date(2025, 10, 10)
    assert after(date(2025, 10, 4), 0) == date(2025, 10, 10)
    assert passed_since(date(2025, 10, 2), date(2025, 10, 13)) == 2
    assert working(date.max) == date.max, "farther than feasts are known nothing is reckoned"


@given(DAYS, st.integers(0, 40))
def test_n_working_days_after_a_working_day_have_passed_then(day, days):
    begin = working(day)
    assert passed_since(begin, after(day, days)) == days
    assert is_workday(after(day, days))


@given(DAYS, st.integers(-40, 40), st.integers(1, 10))
def test_an_action_is_late_by_the_working_days_since_its_working_day(on, shift, days):
    """The days that the database compares say the same as counting does."""
    due = on + timedelta(days=shift)
    late = passed_since(working(due), on)
    stands = how_due(due, on, days)
    assert (stands is Due.ESCALATED) == (late >= days)
    assert (stands in (Due.ESCALATED, Due.OVERDUE)) == (working(due) < on)
    assert how_due(None, on, days) is None


@given(DAYS, st.integers(1, 20))
def test_the_last_day_before_n_working_days_is_the_last(on, days):
    last = before(on, days)
    assert passed_since(last, on) >= days
    assert passed_since(working(last + timedelta(days=1)), on) < days
