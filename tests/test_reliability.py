"""Reliability: days up and down by hand, and the interval of a share as published."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.register.reliability import Seen, Times, share, times_of, together

DAY = date(2025, 1, 1)


def seen(*told: tuple[int, bool]) -> list[Seen]:
    return [Seen(DAY + timedelta(days=day), works) for day, works in told]


@pytest.mark.parametrize(
    ("told", "until", "times"),
    [
        ([(0, True)], 10, Times(10, 0)),
        ([(0, False)], 10, Times(0, 10)),
        ([(0, True), (4, False), (6, True)], 10, Times(8, 2, (2,))),
        ([(0, False), (3, False), (5, True), (7, False)], 10, Times(2, 8, (5,))),
        ([(0, False), (0, True)], 5, Times(5, 0, (0,))),
        ([], 10, Times()),
    ],
)
def test_up_and_down_days_by_hand(told, until, times):
    assert times_of(seen(*told), DAY + timedelta(days=until)) == times


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans())), st.integers(400, 800))
def test_every_day_since_the_first_look_is_up_or_down(told, until):
    told = sorted(told, key=lambda it: it[0])
    times = times_of(seen(*told), DAY + timedelta(days=until))
    assert times.up_days + times.down_days == (until - told[0][0] if told else 0)
    assert all(days >= 0 for days in times.restorations)
    assert sum(times.restorations) <= times.down_days
    assert together([times, times]).up_days == 2 * times.up_days


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 857, table I, score method.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_the_published_one(count, of, low, high):
    found = share(count, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert share(of - count, of).high == pytest.approx(1 - found.low)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(pair):
    found = share(*pair)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


@pytest.mark.parametrize(("count", "of"), [(0, 0), (2, 1), (-1, 3)])
def test_a_share_of_nothing_has_no_value(count, of):
    with pytest.raises(ValueError, match="share"):
        share(count, of)
