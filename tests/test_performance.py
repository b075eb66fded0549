"""Performance: earned value by its published formulas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.monitor.performance import (
    Lacking,
    Value,
    Values,
    Work,
    of_packages,
    unsplit,
    whole,
)


def values(pv: int | None, ev: int | None, ac: int | None, bac: int | None = 800) -> Values:
    told = [
        Value(it, None if it is not None else why)
        for it, why in zip(
            (bac, pv, ev, ac),
            (Lacking.BUDGET, Lacking.PLAN, Lacking.QUANTITY, Lacking.SPENDING),
            strict=True,
        )
    ]
    return Values(*told)


def test_the_worked_example_of_a_textbook():
    """PV 800, EV 734, AC 1,100: SV -66, CV -366, SPI 0.92, CPI 0.67.

    Source: tutorialspoint.com, Earn Value Management, "EVM - Example".
    """
    found = of_packages([values(800, 734, 1100)])
    assert (found.schedule.difference_won, found.cost.difference_won) == (-66, -366)
    assert found.spi == pytest.approx(0.9175)
    assert found.cpi == pytest.approx(0.6673, abs=1e-4)


amounts = st.integers(1, 10**12)
packages = st.builds(
    values, *[st.none() | st.integers(0, 10**12) for _ in range(3)], st.none() | amounts
)


@given(st.lists(amounts, min_size=1, max_size=8))
def test_work_on_plan_has_indices_of_one(budgets):
    works = [Work(it, is_due=True, planned_qty=3, done_qty=3) for it in budgets]
    found = of_packages([Values(it.budget, it.planned, it.earned, it.budget) for it in works])
    assert (found.spi, found.cpi) == (1, 1)


@given(st.lists(packages, max_size=8), st.randoms())
def test_the_order_does_not_matter_and_groups_add_up(rows, random):
    mixed = random.sample(rows, len(rows))
    assert of_packages(mixed) == of_packages(rows)
    parts = [of_packages(mixed[:3]), of_packages(mixed[3:])]
    for name in ("bac_won", "pv_won", "ev_won", "ac_won"):
        known = [it for part in parts if (it := getattr(part, name)) is not None]
        assert getattr(of_packages(rows), name) == (sum(known) if known else None)
    assert sum(it.schedule.known for it in parts) == of_packages(rows).schedule.known


@given(amounts, st.integers(1, 1000), st.integers(0, 2000))
def test_earned_is_never_more_than_the_budget_and_grows_with_the_quantity(budget, planned, done):
    work = Work(budget, is_due=True, planned_qty=planned, done_qty=done)
    more = Work(budget, is_due=True, planned_qty=planned, done_qty=done + 1)
    assert 0 <= (work.earned.won or 0) <= (more.earned.won or 0) <= budget


def test_what_is_unknown_stays_unknown_and_says_why():
    work = Work(100, is_due=None, planned_qty=None, done_qty=3)
    assert (work.planned, work.earned) == (
        Value(None, Lacking.PLAN),
        Value(None, Lacking.QUANTITY),
    )
    found = of_packages([values(800, 734, None), values(None, 5, 5)])
    assert (found.spi, found.schedule.known) == (734 / 800, 1)
    assert found.cpi == 1
    nothing_due = of_packages([values(0, 0, 0)])
    assert (nothing_due.spi, nothing_due.schedule.lacking) == (None, Lacking.NOTHING_DUE)
    assert nothing_due.cost.lacking is Lacking.NOTHING_SPENT
    assert of_packages([]).spi is None
    assert whole([Value(1), Value(None, Lacking.PLAN)]) == Value(None, Lacking.PLAN)


def test_one_budget_for_several_works_is_not_split_by_guess():
    done = Work(None, is_due=True, planned_qty=2, done_qty=2)
    later = Work(None, is_due=False, planned_qty=2, done_qty=0)
    assert unsplit(90, [done, done]) == (Value(90), Value(90))
    assert unsplit(90, [later]) == (Value(0), Value(0))
    assert unsplit(90, [done, later]) == (Value(None, Lacking.SPLIT),) * 2
    assert unsplit(None, [done])[0].lacking is Lacking.BUDGET
    assert unsplit(90, [])[1].lacking is Lacking.QUANTITY
