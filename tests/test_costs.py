"""What a unit costs: median, range and n, at one year's prices where that can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from catalog.costing.prices import at_prices_of, index_by_year, newest
from catalog.costing.summaries import cost_summary, summary_of
from catalog.costs import Cost, CostSchema
from catalog.solutions import Solution
from common.db import db

CPI = {2020: 100.0, 2021: 102.5, 2022: 107.71, 2023: 111.59, 2024: 114.18, 2025: 116.61}
MILLION = 10**6


def cost(low: int, high: int | None = None, **more: object) -> Cost:
    values = {"comparable": True, "per_en": "each", "mark": "verified", "year": 2021}
    return Cost(low_won=low, high_won=high or low, **values | more)


def test_amounts_are_brought_to_one_years_prices_by_the_index_on_record(app):
    with app.app_context():
        assert index_by_year() == CPI
        assert newest(CPI) == 2025
    assert at_prices_of(2025, 34 * MILLION, 2021, CPI) == 38_680_390
    assert at_prices_of(2025, 1, 2018, CPI) is None
    assert at_prices_of(2025, 1, None, CPI) is None
    assert at_prices_of(newest({}), 1, 2021, {}) is None


@given(st.integers(0, 10**12), st.sampled_from(list(CPI)), st.sampled_from(list(CPI)))
def test_there_and_back_is_the_same_amount(won, year, target):
    there = at_prices_of(target, won, year, CPI)
    assert there is not None
    assert at_prices_of(year, there, target, CPI) == pytest.approx(won, abs=2)


def test_a_summary_tells_median_range_and_n_and_leaves_out_what_it_cannot_bring_along():
    summary = summary_of([cost(10), cost(30), cost(50, year=None), cost(9, comparable=False)], CPI)
    assert (summary.n, summary.median_won) == (3, 30)
    assert (summary.low_won, summary.high_won) == (10, 50)
    assert summary.adjusted is not None
    assert (summary.adjusted.n, summary.adjusted.high_won) == (2, round(30 * 116.61 / 102.5))
    assert (summary.upkeep_won_per_year, summary.lifetime_years) == (None, None)
    mixed = summary_of([cost(10), cost(30, per_en="lot")], {})
    assert (mixed.same_unit, mixed.median_won, mixed.adjusted) == (False, None, None)
    kept = summary_of([cost(10, upkeep_won_per_year=2, lifetime_years=8.0)], {})
    assert (kept.upkeep_won_per_year, kept.lifetime_years) == (2, 8.0)
    assert summary_of([cost(9, comparable=False)], CPI).n == 0


def test_the_smart_pole_is_a_range_whose_sources_disagree(app, client, statements):
    with app.app_context():
        solutions = db.session.scalars(select(Solution)).all()
        with statements() as sent:
            pole = cost_summary(solutions)["smart-pole"]
        assert len(sent) == 2
    assert (pole.low_won, pole.high_won) == (34 * MILLION, 57 * MILLION)
    assert (pole.n, pole.median_won, pole.disagrees) == (1, None, True)
    page = client.get("/solutions/smart-pole?lang=en").text
    assert "The sources of this range disagree." in page
    assert "At the prices of 2025" in page
    told = client.get("/api/v1/solutions/smart-pole").json["cost_summary"]
    assert told["adjusted"]["low_won"] == 38_680_390
    assert (told["upkeep_won_per_year"], told["lifetime_years"]) == (None, None)
    assert "at the prices of 2025" in client.get("/costs?lang=en&per_page=200").text
    assert client.get("/api/v1/price-indices").json["total"] == len(CPI)
    assert "소비자물가지수" in client.get("/price-indices?lang=ko").text


def test_an_impossible_cost_is_refused(app):
    row = {
        "slug": "a",
        "solution": "smart-pole",
        "item_ko": "가",
        "item_en": "a",
        "mark": "verified",
    }
    row |= {"source": "nber-25798"}
    with app.test_request_context("/?lang=en"):
        for name, value in (("upkeep_won_per_year", -1), ("lifetime_years", 0), ("low_won", -5)):
            assert name in CostSchema().validate(row | {name: value})
