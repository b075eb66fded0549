"""Rules of plausibility, without a database."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from catalog.evidence import Counting
from catalog.indicators import IndicatorKind
from tests.conftest import KEY
from tracker.outcomes.plausibility import (
    Around,
    OutcomeKind,
    Rule,
    doubtful,
    exposure,
    impossible,
    modified_z,
    value_of,
)

SITE = SimpleNamespace(selected_on=date(2023, 4, 13))
COUNTS = st.integers(0, 10**12)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """The sentences need an app, and nothing of it."""
    folder = str(tmp_path_factory.mktemp("words"))
    app = create_app({"SECRET_KEY": KEY, "INSTANCE_DIR": folder})
    with app.test_request_context("/?lang=en"):
        yield


def told(**more):
    indicator = SimpleNamespace(
        kind=more.pop("of", IndicatorKind.RATE),
        solution_id=None,
        of_use=more.pop("of_use", False),
        methods=more.pop("methods", list(Counting)),
        denominator_ko=None,
        denominator_en=None,
        plausible_low=more.pop("low", None),
        plausible_high=more.pop("high", None),
    )
    return {
        "deployment": SimpleNamespace(solution_id=1, site=SITE),
        "indicator": indicator,
        "kind": OutcomeKind.MEASUREMENT,
        "begins_on": date(2025, 1, 1),
        "ends_on": date(2025, 12, 31),
        "counting": Counting.EVENTS,
        "numerator": 10,
        "denominator": None,
        "mean": None,
        "sd": None,
        "n": None,
        "parts": [],
    } | more


def test_an_outlier_is_told_by_its_robust_distance():
    # By hand: median 2.45, median distance 0.15, so 0.6745 * 5.75 / 0.15.
    others = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.3]
    assert modified_z(8.2, others) == pytest.approx(25.856, abs=0.001)


@given(st.floats(-1e6, 1e6), st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=30))
def test_a_robust_distance_is_finite_and_has_the_sign_of_its_side(value, others):
    far = modified_z(value, others)
    assert far == far  # noqa: PLR0124 - not a number is unlike itself
    assert modified_z(value, [value] * 5) == 0
    assert far * modified_z(-value, [-it for it in others]) <= 0


@given(st.integers(5, 40), st.integers(2, 1000))
def test_where_all_others_agree_another_stands_out(sites, value):
    assert modified_z(1 + value, [1.0] * sites) > 0


def test_without_a_denominator_the_years_of_the_period_count():
    assert exposure(told()) == pytest.approx(1, abs=0.001)
    assert value_of(told(denominator=4)) == 2.5
    share = told(of=IndicatorKind.PROPORTION, denominator=40)
    assert value_of(share) == 25


@given(COUNTS, st.integers(1, 10**12))
def test_a_share_is_refused_exactly_where_its_part_is_above_its_whole(words, part, whole):
    found = impossible(told(of=IndicatorKind.PROPORTION, numerator=part, denominator=whole))
    assert ("numerator" in found) == (part > whole)


@given(st.sampled_from(list(Counting)), st.sampled_from(list(OutcomeKind)), COUNTS)
def test_passing_by_is_impossible_wherever_use_is_counted(words, counting, kind, number):
    """Even where a mistaken indicator would allow every way of counting."""
    found = impossible(told(of_use=True, counting=counting, kind=kind, numerator=number))
    assert ("counting" in found) == (counting is Counting.PASSING_BY)


@given(st.lists(st.integers(0, 20), max_size=6))
def test_rows_add_up_to_the_total_at_most(words, rows):
    parts = [{"by": Counting.USE, "label": "x", "numerator": n, "denominator": None} for n in rows]
    assert ("parts" in impossible(told(parts=parts))) == (sum(rows) > 10)


@pytest.mark.parametrize(
    ("more", "around", "rule"),
    [
        ({"high": 5}, {}, Rule.OUTSIDE_RANGE),
        ({"low": 50}, {}, Rule.OUTSIDE_RANGE),
        ({}, {"periods": [(date(2025, 12, 31), date(2026, 1, 5))]}, Rule.OVERLAP),
        ({}, {"installed_on": date(2025, 1, 2)}, Rule.BEFORE_INSTALLATION),
        (
            {"kind": OutcomeKind.BASELINE},
            {"installed_on": date(2025, 12, 31)},
            Rule.AFTER_INSTALLATION,
        ),
        ({}, {"baseline": 0.9}, Rule.LARGE_CHANGE),
        ({}, {"baseline": 101}, Rule.LARGE_CHANGE),
        ({}, {"elsewhere": [1, 1.1, 1.2, 0.9, 1]}, Rule.OUTLIER),
        ({}, {"baselines_counted": frozenset({Counting.CLAIM})}, Rule.OTHER_COUNTING),
    ],
)
def test_each_soft_rule_is_met_and_says_value_rule_and_remedy(words, more, around, rule):
    [found] = doubtful(told(**more), Around(**around))
    assert found.rule is rule
    assert "say why" in found.sentence


@pytest.mark.parametrize(
    ("more", "around"),
    [
        ({"low": 9, "high": 11}, {}),
        ({}, {"periods": [(date(2026, 1, 1), date(2026, 1, 5))]}),
        ({}, {"installed_on": date(2025, 1, 1)}),
        ({}, {"baseline": 1.01}),
        ({}, {"elsewhere": [1, 1.1, 1.2, 0.9]}),
        ({}, {"elsewhere": [8, 9, 10, 11, 12]}),
        ({"kind": OutcomeKind.TARGET}, {"elsewhere": [1, 1.1, 1.2, 0.9, 1], "baseline": 0.1}),
    ],
)
def test_what_is_plain_needs_no_reason(words, more, around):
    assert doubtful(told(**more), Around(**around)) == []
