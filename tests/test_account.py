"""The account: sums equal the rows, the match to the won, execution and refund."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import MoneyRow as Row
from tracker.money.account import Account, Match, Settlement, Share, has_lapsed
from tracker.money.ledger import LOCAL_PARTS, Fund, MoneyStage
from tracker.rounds import LARGEST_WON

AMOUNTS = st.integers(0, LARGEST_WON)


def account(*rows: Row, ratio: int = 1) -> Account:
    return Account({(row.fund, row.stage): row for row in rows}, ratio)


def one_stage(stage: MoneyStage, **amounts: int) -> Account:
    return account(*(Row(Fund(name), stage, amount) for name, amount in amounts.items()))


@given(st.sampled_from(MoneyStage), st.dictionaries(st.sampled_from(Fund), AMOUNTS))
def test_sums_always_equal_the_rows(stage, told):
    it = account(*(Row(fund, stage, amount) for fund, amount in told.items()))
    parts = [told[fund] for fund in LOCAL_PARTS if fund in told]
    local = it.local(stage)
    if Fund.LOCAL in told:
        assert local == told[Fund.LOCAL]
    else:
        assert local in (None, sum(parts))
        assert (local is None) == (Fund.MUNICIPALITY not in told)
    if Fund.NATIONAL in told and local is not None:
        assert it.summed(stage) == told[Fund.NATIONAL] + local
        assert sum(row.amount_won for row in it.all_rows(stage)) == it.summed(stage)
    else:
        assert it.summed(stage) is None
    assert it.total(stage) == told.get(Fund.ALL, it.summed(stage))


@given(st.sampled_from(MoneyStage), st.dictionaries(st.sampled_from(Fund), st.integers(0, 9)))
def test_a_total_and_its_parts_disagree_exactly_when_they_say_something_else(stage, told):
    it = account(*(Row(fund, stage, amount) for fund, amount in told.items()))
    found = {two.told.fund: two for two in it.differences}
    if Fund.LOCAL in told and set(LOCAL_PARTS) <= set(told):
        lacking = told[Fund.LOCAL] - sum(told[fund] for fund in LOCAL_PARTS)
        assert (Fund.LOCAL in found) == (lacking != 0)
    if Fund.ALL in told and it.summed(stage) is not None:
        lacking = told[Fund.ALL] - it.summed(stage)
        assert (found[Fund.ALL].difference_won if lacking else 0) == lacking
        assert (Fund.ALL in found) == (lacking != 0)
    for two in found.values():
        assert two.told.amount_won == two.summed_won + two.difference_won
        assert two.difference_won != 0


def test_a_part_that_is_missing_is_no_disagreement_unless_the_others_are_more_already():
    spent = MoneyStage.SPENT
    assert one_stage(spent, all=38, national=20).differences == []
    assert one_stage(spent, all=38, national=39).differences[0].difference_won == -1
    two = one_stage(spent, all=3_800_000_000, national=2_000_000_000, local=1_799_999_999)
    assert [it.difference_won for it in two.differences] == [1]
    assert two.spent_won == 3_800_000_000, "the total that was told counts"


@given(AMOUNTS, AMOUNTS, st.integers(0, 10))
def test_the_shortfall_is_exact(national, local, ratio):
    it = Match(national, local, ratio)
    assert it.needed_won == national * ratio
    assert local + it.shortfall_won - it.surplus_won == it.needed_won
    assert min(it.shortfall_won, it.surplus_won) == 0


@pytest.mark.parametrize("stage", MoneyStage)
def test_one_won_short_is_short_by_one_won_at_every_stage(stage):
    it = one_stage(stage, national=2_000_000_000, local=1_999_999_999)
    assert it.match(stage).shortfall_won == 1
    split = one_stage(stage, national=2_000_000_000, province=600_000_000, municipality=10**9)
    assert split.match(stage).shortfall_won == 400_000_000
    assert one_stage(stage, national=2_000_000_000).match(stage) is None, "unknown is not zero"
    assert one_stage(stage, national=2 * 10**9, province=6 * 10**8).match(stage) is None


def test_local_money_that_is_told_as_one_and_split_counts_once():
    it = one_stage(MoneyStage.COMMITTED, national=20, local=20, province=6, municipality=14)
    assert (it.local_won, it.committed_won, it.differences) == (20, 40, [])
    assert {row.fund for row in it.all_rows(MoneyStage.COMMITTED)} == {
        Fund.NATIONAL,
        Fund.PROVINCE,
        Fund.MUNICIPALITY,
    }


def test_what_the_budget_office_counted_comes_out():
    # 2022: KRW 67.22 billion spent of 102.785 billion granted (discrepancy execution-2022).
    assert Share(67_220_000_000, 102_785_000_000).percent == Decimal("65.4")


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_share_is_nothing_or_everything_only_where_it_is_exactly_that(part, whole):
    shown = Share(part, whole).percent
    assert (shown == 0) == (part == 0)
    assert (shown == 100) == (part == whole)
    assert abs(shown - Decimal(100 * part) / whole) <= Decimal("0.1")


UNKNOWN = st.none() | st.integers(0, 10**10)


@given(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
def test_a_refund_is_what_is_left_and_unknown_where_a_part_is(received, spent, carried, refunded):
    due = Settlement(received, spent, carried, refunded).refund_due_won
    if received is None or spent is None:
        assert due is None
    elif spent >= received:
        assert due == 0
    elif carried is None or refunded is None:
        assert due is None
    else:
        assert due == max(0, received - spent - carried - refunded)


def test_the_nations_share_of_a_refund_goes_by_the_agreement():
    told = [
        Row(Fund.NATIONAL, MoneyStage.COMMITTED, 2_000_000_000),
        Row(Fund.LOCAL, MoneyStage.COMMITTED, 2_000_000_000),
        Row(Fund.ALL, MoneyStage.RECEIVED, 4_000_000_000),
        Row(Fund.ALL, MoneyStage.SPENT, 3_800_000_001),
        Row(Fund.ALL, MoneyStage.CARRIED_OVER, 0),
        Row(Fund.ALL, MoneyStage.REFUNDED, 0),
    ]
    it = account(*told)
    assert it.settlement(Fund.ALL).refund_due_won == 199_999_999
    assert it.refund_due_won == 99_999_999, "rounded down to the won"
    assert it.real_execution.percent == Decimal("95.0")
    assert account(*told[:-1]).refund_due_won is None


def test_the_refund_of_all_money_is_that_of_its_parts_where_the_whole_is_not_told():
    told = [
        Row(Fund.NATIONAL, MoneyStage.RECEIVED, 20),
        Row(Fund.NATIONAL, MoneyStage.SPENT, 20),
        Row(Fund.LOCAL, MoneyStage.RECEIVED, 20),
        Row(Fund.LOCAL, MoneyStage.SPENT, 15),
        Row(Fund.LOCAL, MoneyStage.CARRIED_OVER, 0),
        Row(Fund.LOCAL, MoneyStage.REFUNDED, 1),
    ]
    assert account(*told).settlement(Fund.ALL).refund_due_won is None
    assert account(*told).refund_due(Fund.ALL) == 4
    assert account(*told[:-1]).refund_due(Fund.ALL) is None


def test_what_is_carried_over_holds_until_the_end_of_the_next_budget_year():
    row = Row(Fund.NATIONAL, MoneyStage.CARRIED_OVER, 5, date(2023, 12, 31))
    days = (date(2023, 12, 31), date(2024, 12, 31), date(2025, 1, 1))
    assert [has_lapsed(row, day) for day in days] == [False, False, True]
    assert not has_lapsed(Row(Fund.NATIONAL, MoneyStage.SPENT, 5), date(2030, 1, 1))
