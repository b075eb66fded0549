"""Passing by is never use: not in the type, the database, the queries, the pages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog.evidence import Counting
from catalog.indicators import Indicator, IndicatorSchema
from common.db import db
from tests.reporting import PASSED, dates, found
from tracker.deployments import Deployment
from tracker.outcomes.outcomes import Outcome
from tracker.outcomes.tallies import Tally, by_counting, uses

SHELTER = "/api/v1/deployments/boryeong-2023-smart-bus-shelter/outcomes"
METHODS = st.sampled_from(list(Counting))
TALLIES = st.lists(st.builds(Tally, st.integers(0, 10**9), METHODS), max_size=30)


def test_passing_by_is_refused_as_use_at_every_door(login, app):
    answer = login("other_municipality").post(
        SHELTER,
        json={
            "indicator": "bus-shelter-users",
            "kind": "measurement",
            **dates(2025),
            "counting": "passing_by",
            "numerator": 2_920_000,
            "denominator": 1,
        },
    )
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["counting"]
    with app.app_context():
        assert db.session.scalars(select(Outcome)).all() == []


def test_the_database_itself_refuses_passing_by_as_use(app):
    with app.app_context():
        users = select(Indicator).where(Indicator.slug == "bus-shelter-users")
        db.session.add(
            Outcome.made(
                key="past-every-check",
                deployment=db.session.scalars(select(Deployment)).first(),
                indicator=db.session.scalars(users).one(),
                kind="measurement",
                on=date(2025, 1, 1),
                begins_on=date(2025, 1, 1),
                ends_on=date(2025, 1, 1),
                counting=Counting.PASSING_BY,
                numerator=1,
                mark="reported",
            )
        )
        with pytest.raises(IntegrityError, match="passing_by_is_no_use"):
            db.session.flush()
        db.session.rollback()


@pytest.mark.parametrize("change", [{"counting": ["use", "passing_by"]}, {"counting": []}])
def test_an_indicator_of_use_takes_no_passers_by(app, change):
    row = {
        "slug": "x",
        "name_ko": "가",
        "name_en": "a",
        "kind": "rate",
        "of_use": True,
        "numerator_ko": "가",
        "numerator_en": "a",
        "unit_ko": "가",
        "unit_en": "a",
        "mark": "not_found",
    }

    with app.app_context():
        assert list(IndicatorSchema().validate(row | change)) == ["counting"]
        assert IndicatorSchema().validate(row | {"counting": ["use"]}) == {}


@given(TALLIES)
def test_uses_are_the_sum_of_uses_and_of_nothing_else(tallies):
    assert uses(tallies) == sum(it.number for it in tallies if it.counting is Counting.USE)
    sums = by_counting(tallies)
    assert sum(it.number for it in sums.values()) == sum(it.number for it in tallies)
    assert all(tally.counting is counting for counting, tally in sums.items())


@given(st.integers(0, 10**9), st.integers(0, 10**9), METHODS, METHODS)
def test_two_ways_of_counting_never_add_up(one, other, how, otherwise):
    first, second = Tally(one, how), Tally(other, otherwise)
    if how is otherwise:
        assert (first + second).number == one + other
        return
    with pytest.raises(TypeError):
        first + second


@given(st.integers(0, 10**9), METHODS)
def test_a_tally_adds_to_no_bare_number(number, how):
    with pytest.raises(TypeError):
        Tally(number, how) + number
    with pytest.raises(TypeError):
        sum([Tally(number, how)])


def test_passers_by_have_a_column_and_a_word_of_their_own(approved, client):
    approved(PASSED | {**dates(2024), "kind": "baseline", "numerator": 1_234_567})
    key = approved(
        PASSED
        | {"kind": "measurement", "begins_on": "2025-04-01", "ends_on": "2026-03-31"}
        | {"numerator": 1_234_568}
    )
    [row] = found(client, kind="measurement")
    assert (row["passers_by"], row["uses"]) == (1_234_568, None)
    page = client.get("/outcomes?lang=en&indicator=crosswalk-passers-by").text
    assert "Passers-by, not use" in page
    assert "Measured in all: passers-by" in page
    assert "Measured in all: uses" not in page
    assert "1,234,568 passers-by, not use" in client.get(f"/outcomes/{key}?lang=en").text
