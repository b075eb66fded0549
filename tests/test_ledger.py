"""The ledger's rules and days: what is taken, what is refused, and what was known when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from common.db import db
from common.facts import When
from tests.samples import SELECTED
from tests.samples import MoneyRow as Row
from tracker.money.account import Account
from tracker.money.ledger import Fund, Money, MoneyStage
from tracker.money.rules import excesses, faults, standing
from tracker.rollout import site_records
from tracker.rounds import LARGEST_WON
from tracker.sites import Site

pytestmark = pytest.mark.both_databases

SPENT, RECEIVED = MoneyStage.SPENT, MoneyStage.RECEIVED
AMOUNTS = st.integers(0, LARGEST_WON)
DAYS = st.integers(0, 900).map(lambda days: SELECTED + timedelta(days))
ROWS = st.builds(
    Row,
    st.sampled_from([Fund.NATIONAL, Fund.PROVINCE, Fund.MUNICIPALITY, Fund.LOCAL, Fund.ALL]),
    st.sampled_from(MoneyStage),
    st.integers(0, 9),
    DAYS,
    reason=st.none() | st.none() | st.just("late money"),
)


def taken_one_by_one(rows: list[Row]) -> list[Row]:
    """The rows that the rules take, each as an officer records it."""
    taken: list[Row] = []
    for row in rows:
        same = [it for it in standing(taken) if key_of(it) == key_of(row)]
        row.corrects = same[0] if same else None
        if not faults({0: row}, taken):
            taken.append(row)
    return taken


def key_of(row: Row):
    return row.fund, row.stage, row.on


@given(st.lists(ROWS, max_size=14))
def test_without_a_reason_nothing_that_is_taken_is_ever_out_of_line(rows):
    for row in rows:
        row.reason = None
    taken = standing(taken_one_by_one(rows))
    for day in {row.on for row in taken}:
        held = sorted((row for row in taken if row.on <= day), key=lambda row: row.on)
        for it in excesses(Account({(row.fund, row.stage): row for row in held}), day):
            assert it.over_won <= 0, it
    for one in taken:
        for other in taken:
            same = (one.fund, one.stage) == (other.fund, other.stage)
            if same and one.on < other.on and one.stage is not MoneyStage.CARRIED_OVER:
                assert one.amount_won <= other.amount_won


@given(st.lists(ROWS, max_size=10))
def test_what_was_taken_row_by_row_is_taken_as_one_file(rows):
    taken = taken_one_by_one(rows)
    assert faults(dict(enumerate(taken)), []) == {}


@given(st.lists(ROWS, max_size=6), st.randoms())
def test_rows_of_a_file_that_are_right_as_one_are_right_in_any_order(rows, random):
    for row in rows:
        row.reason = None
    taken = standing(taken_one_by_one(rows))
    for row in taken:
        row.corrects = None
    random.shuffle(taken)
    assert faults(dict(enumerate(taken)), []) == {}


OUT_OF_LINE = {
    "spent above received": ([Row(Fund.NATIONAL, RECEIVED, 5)], Row(Fund.NATIONAL, SPENT, 6)),
    "received below spent": ([Row(Fund.NATIONAL, SPENT, 6)], Row(Fund.NATIONAL, RECEIVED, 5)),
    "spent in total above what the funds received": (
        [Row(Fund.NATIONAL, RECEIVED, 5), Row(Fund.LOCAL, RECEIVED, 5)],
        Row(Fund.ALL, SPENT, 11),
    ),
    "a part spent above the total received": (
        [Row(Fund.ALL, RECEIVED, 5)],
        Row(Fund.MUNICIPALITY, SPENT, 6),
    ),
    "contracted above the budget": (
        [Row(Fund.NATIONAL, MoneyStage.BUDGETED, 5)],
        Row(Fund.NATIONAL, MoneyStage.CONTRACTED, 6),
    ),
    "refunded above what is left": (
        [Row(Fund.NATIONAL, RECEIVED, 5), Row(Fund.NATIONAL, SPENT, 3)],
        Row(Fund.NATIONAL, MoneyStage.REFUNDED, 3),
    ),
    "carried over above what is left": (
        [Row(Fund.NATIONAL, RECEIVED, 5), Row(Fund.NATIONAL, SPENT, 3)],
        Row(Fund.NATIONAL, MoneyStage.CARRIED_OVER, 3, date(2023, 12, 31)),
    ),
    "a balance that falls": (
        [Row(Fund.NATIONAL, SPENT, 6)],
        Row(Fund.NATIONAL, SPENT, 5, date(2023, 5, 1)),
    ),
    "a balance before a lower one": (
        [Row(Fund.NATIONAL, SPENT, 5, date(2023, 5, 1))],
        Row(Fund.NATIONAL, SPENT, 6),
    ),
}


@pytest.mark.parametrize("name", list(OUT_OF_LINE))
def test_what_is_out_of_line_is_refused_and_taken_with_a_reason(app, name):
    old, new = OUT_OF_LINE[name]
    with app.test_request_context("/?lang=en"):
        (sentence,) = faults({3: new}, old)[3]["amount_won"]
    assert f"KRW {new.amount_won}" in sentence, "it names the value"
    assert "reason" in sentence, "and what to do"
    assert faults({3: Row(**vars(new) | {"reason": "late money"})}, old) == {}


def test_money_that_was_carried_over_is_spent_in_the_next_year():
    old = [
        Row(Fund.NATIONAL, RECEIVED, 5),
        Row(Fund.NATIONAL, MoneyStage.CARRIED_OVER, 5, date(2023, 12, 31)),
    ]
    assert faults({0: Row(Fund.NATIONAL, SPENT, 5, date(2024, 6, 1))}, old) == {}


def test_late_money_is_taken_in_parts_once_the_spending_has_its_reason():
    old = [
        Row(Fund.NATIONAL, RECEIVED, 5),
        Row(Fund.NATIONAL, SPENT, 9, date(2023, 5, 1), reason="late money"),
    ]
    assert faults({0: Row(Fund.NATIONAL, RECEIVED, 7, date(2023, 6, 1))}, old) == {}
    assert faults({0: Row(Fund.NATIONAL, SPENT, 10, date(2023, 6, 1))}, old)


STORED = st.tuples(
    st.sampled_from([Fund.NATIONAL, Fund.LOCAL]),
    st.sampled_from([RECEIVED, SPENT]),
    st.integers(0, 400),  # holds for the day
    st.integers(0, 400),  # recorded on the day
    AMOUNTS,
    st.booleans(),  # corrects the newest of its kind, if there is one
)


def store(site: Site, told: list[tuple]) -> None:
    """`told` as rows of `site`; a correction names the newest row of its fund and stage."""
    newest: dict[tuple, Money] = {}
    for n, (fund, stage, on, recorded, amount, mends) in enumerate(told):
        row = Money(
            key=f"row-{n}",
            site=site,
            fund=fund,
            stage=stage,
            amount_won=amount,
            on=SELECTED + timedelta(on),
            recorded_at=datetime(2024, 1, 1, 3, tzinfo=UTC) + timedelta(recorded),
            mark="reported",
            corrects=newest.get((fund, stage)) if mends else None,
        )
        newest[fund, stage] = row
        db.session.add(row)
    db.session.flush()


def balances(site: Site, when: When) -> dict:
    found = site_records([site], when.as_of, when.known_on)[0].account.rows
    return {key: row.amount_won for key, row in found.items()}


@pytest.fixture
def sokcho(app):
    """Sokcho, with no money at all; what is written is taken back."""
    with app.app_context():
        site = db.session.scalars(select(Site).where(Site.slug == "sokcho-2023")).one()
        db.session.execute(delete(Money).where(Money.site_id == site.id))
        db.session.commit()
        yield site


def test_any_order_of_recording_gives_the_same_account_as_of_a_day(sokcho):
    distinct = st.lists(STORED, min_size=1, max_size=6, unique_by=lambda it: it[:3])

    @settings(max_examples=20)
    @given(distinct, st.randoms(), st.integers(0, 400))
    def check(told, random, days):
        plain = [(*it[:5], False) for it in told]
        mixed = random.sample(plain, len(plain))
        found = []
        for rows in (plain, mixed):
            store(sokcho, rows)
            found.append(balances(sokcho, When(SELECTED + timedelta(days))))
            db.session.rollback()
        assert found[0] == found[1]

    check()


def test_a_correction_never_changes_what_was_known_before_it(sokcho):
    @settings(max_examples=20)
    @given(st.lists(STORED, min_size=1, max_size=6), st.integers(0, 400), st.integers(0, 400))
    def check(told, days, known):
        told = sorted(told, key=lambda it: it[3])
        when = When(SELECTED + timedelta(days), date(2024, 1, 1) + timedelta(known))
        store(sokcho, told)
        then = balances(sokcho, when)
        db.session.rollback()
        store(sokcho, [it for it in told if it[3] <= known])
        assert balances(sokcho, When(when.as_of)) == then
        db.session.rollback()

    check()
