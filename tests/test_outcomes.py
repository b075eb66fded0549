"""Outcomes: what is counted, how, on whose word, and what follows from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog.evidence import Counting
from catalog.indicators import Indicator
from common.db import db
from tests.conftest import PEOPLE
from tracker.deployments import Deployment
from tracker.outcomes import Outcome
from tracker.tallies import Tally, by_counting, uses

HERE = "/api/v1/deployments/sokcho-2023-smart-crosswalk/outcomes"
SHELTER = "/api/v1/deployments/boryeong-2023-smart-bus-shelter/outcomes"
CRASHES = {"indicator": "crosswalk-pedestrian-crashes", "counting": "events", "denominator": 3}
BEFORE = CRASHES | {
    "kind": "baseline",
    "begins_on": "2020-01-01",
    "ends_on": "2022-12-31",
    "numerator": 19,
}
AFTER = CRASHES | {
    "kind": "measurement",
    "begins_on": "2025-04-01",
    "ends_on": "2026-03-31",
    "numerator": 9,
}
STOPS = {"indicator": "crosswalk-right-turn-stops", "counting": "measurement"}
PASSED = {"indicator": "crosswalk-passers-by", "counting": "passing_by", "denominator": 1}
METHODS = st.sampled_from(list(Counting))
TALLIES = st.lists(st.builds(Tally, st.integers(0, 10**9), METHODS), max_size=30)


@pytest.fixture
def report(login):
    """`report(values)`: the answer to the officer of Sokcho, who submits an outcome."""

    def send(values, who="municipality", address=HERE, **more):
        return login(who).post(address, json={"submit": True} | values | more)

    return send


@pytest.fixture
def decide(login):
    """`decide(key)`: the ministry's decision on an outcome."""

    def send(key, state="approved", comment=None, who="ministry"):
        body = {"state": state} | ({"comment": comment} if comment else {})
        return login(who).post(f"/api/v1/outcomes/{key}/decision", json=body)

    return send


@pytest.fixture
def approved(report, decide):
    """`approved(values)`: the key of an outcome that the ministry approved."""

    def made(values, **more):
        answer = report(values, **more)
        assert answer.status_code == 201, answer.text
        key = answer.json["key"]
        assert decide(key).status_code == 200
        return key

    return made


def found(person, **asked):
    return person.get("/api/v1/outcomes", query_string=asked).json["items"]


# Effects, by the same code as evidence.


def test_nineteen_to_nine_is_told_with_its_interval(approved, client):
    approved(BEFORE)
    key = approved(AFTER)
    told = client.get(f"/api/v1/outcomes/{key}").json
    shown = [round(told[name], 2) for name in ("estimate", "low", "high")]
    assert shown == [0.47, 0.19, 1.10]
    assert (told["estimate_kind"], told["no_interval_because"]) == ("ratio", None)


def test_it_is_the_very_number_of_the_evidence(approved, client):
    approved(BEFORE)
    approved(AFTER)
    whole = client.get("/api/v1/solutions/smart-crosswalk").json
    slug = "smart-crosswalk-seongdong-pedestrian-crashes"
    study = next(it for it in whole["evidence"] if it["slug"] == slug)
    [local] = whole["local_results"]
    for name in ("estimate", "low", "high"):
        assert local[name] == study[name]
    assert (local["grade"], local["design"]) == ("C", "before_after")
    assert (local["site"], local["before"], local["after"]) == ("sokcho-2023", 19, 9)


def test_a_share_changes_by_points_with_newcombes_interval(approved, client):
    # Newcombe, Statistics in Medicine 17 (1998), 873, table II (a), method 10: 56/70 and 48/80.
    days = {"begins_on": "2024-01-01", "ends_on": "2024-01-31"}
    approved(STOPS | days | {"kind": "baseline", "numerator": 48, "denominator": 80})
    days = {"begins_on": "2025-04-01", "ends_on": "2025-04-30"}
    key = approved(STOPS | days | {"kind": "measurement", "numerator": 56, "denominator": 70})
    told = client.get(f"/api/v1/outcomes/{key}").json
    shown = [round(told[name], 2) for name in ("estimate", "low", "high")]
    assert shown == [20.0, 5.24, 33.39]


def test_crowds_get_a_ratio_without_an_interval(approved, client):
    approved(PASSED | {**dates(2023), "kind": "baseline", "numerator": 1_000_000})
    key = approved(
        PASSED
        | {"kind": "measurement", "begins_on": "2025-04-01", "ends_on": "2026-03-31"}
        | {"numerator": 1_500_000}
    )
    told = client.get(f"/api/v1/outcomes/{key}").json
    assert (told["estimate"], told["low"], told["high"]) == (1.5, None, None)
    assert told["no_interval_because"] == "not_independent"


def dates(year):
    return {"begins_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}


def test_without_an_approved_baseline_there_is_no_effect(report, approved, client):
    assert report(BEFORE).status_code == 201, "submitted, not approved"
    key = approved(AFTER)
    told = client.get(f"/api/v1/outcomes/{key}").json
    assert (told["estimate"], told["no_interval_because"]) == (None, "no_baseline")
    assert client.get("/api/v1/solutions/smart-crosswalk").json["local_results"] == []


def test_the_page_of_the_solution_warns_of_regression_to_the_mean(approved, client):
    approved(BEFORE)
    approved(AFTER)
    page = client.get("/solutions/smart-crosswalk?lang=en").text
    assert "Local results of this rollout" in page
    assert "regression to the mean" in page


def test_none_before_makes_no_ratio_and_says_so(approved, client):
    approved(BEFORE | {"numerator": 0})
    told = client.get(f"/api/v1/outcomes/{approved(AFTER)}").json
    assert (told["estimate"], told["no_interval_because"]) == (None, "before_is_zero")


# Passing by is never use.


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
    from catalog.indicators import IndicatorSchema

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


# Plausibility.


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (STOPS | {"numerator": 71, "denominator": 70}, "numerator"),
        (STOPS | {"numerator": 7, "denominator": 7.5}, "denominator"),
        (STOPS | {"numerator": 7}, "denominator"),
        (STOPS | {"denominator": 7}, "numerator"),
        (CRASHES | {"numerator": 1, "denominator": None}, "denominator"),
        (CRASHES | {"numerator": 1, "denominator": 0}, "denominator"),
        (CRASHES | {"numerator": -1}, "numerator"),
        (CRASHES | {"numerator": 1.5}, "numerator"),
        (CRASHES | {"numerator": 10**13}, "numerator"),
        (CRASHES | {"numerator": 1, "mean": 2}, "mean"),
        (CRASHES | {"numerator": 1, "counting": "use"}, "counting"),
        (CRASHES | {"numerator": 1, "ends_on": "2024-01-01"}, "ends_on"),
        (CRASHES | {"numerator": 1, "ends_on": "2999-01-01"}, "ends_on"),
        (CRASHES | {"numerator": 1, "indicator": "bus-shelter-users"}, "indicator"),
        (CRASHES | {"numerator": 1, "indicator": "no-such"}, "indicator"),
        (CRASHES | {"numerator": 1, "deployment": "sokcho-2023-smart-pole"}, "deployment"),
        (CRASHES | {"numerator": 1, "corrects": "no-such"}, "corrects"),
        (CRASHES | {"numerator": 1, "moon": 1}, "moon"),
    ],
)
def test_what_can_not_be_is_refused_beside_its_field(report, values, field):
    days = {"kind": "measurement", "begins_on": "2025-04-01", "ends_on": "2025-06-30"}
    answer = report(days | values)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


@pytest.mark.parametrize("face", ["form", "json"])
def test_a_measurement_before_the_selection_is_refused_as_such(login, face):
    values = AFTER | {"begins_on": "2021-01-01", "ends_on": "2021-12-31"}
    officer = login("municipality")
    if face == "json":
        answer = officer.post(HERE, json=values)
    else:
        answer = officer.post(HERE.removeprefix("/api/v1") + "?lang=en", data=values)
        assert "report this as a baseline" in answer.text
        assert 'value="2021-12-31"' in answer.text, "the form comes back filled in"
    assert answer.status_code == 422


PARTS = [{"by": "age", "label": "65+", "numerator": 5}, {"by": "age", "label": "-64"}]


@pytest.mark.parametrize(("second", "status"), [(4, 201), (3, 201), (5, 422)])
def test_a_breakdown_adds_up_to_its_total_at_most(report, login, second, status):
    parts = [PARTS[0], PARTS[1] | {"numerator": second}]
    answer = report(AFTER | {"parts": parts})
    assert answer.status_code == status
    if status == 422:
        assert list(answer.json["errors"]) == ["parts"]
        return
    page = login("municipality").get(f"/outcomes/{answer.json['key']}?lang=en").text
    assert ("not broken down" in page) == (second == 3)


def test_two_breakdowns_stand_side_by_side(report):
    parts = [{"by": by, "label": "x", "numerator": 9} for by in ("age", "sex")]
    assert report(AFTER | {"parts": parts}).status_code == 201


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (AFTER, AFTER | {"ends_on": "2025-12-31"}, "begins_on"),
        (BEFORE, AFTER | {"begins_on": "2024-01-01"}, "begins_on"),
        (BEFORE, AFTER | {"numerator": 191}, "numerator"),
        (AFTER, BEFORE | {"ends_on": "2025-12-31"}, "ends_on"),
    ],
)
def test_what_is_doubtful_asks_for_a_reason_and_is_told_to_whoever_decides(
    report, login, client, first, second, field
):
    assert report(first).status_code == 201
    refused = report(second)
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {field, "reason"}
    taken = report(second | {"reason": "까닭이 있다"})
    assert taken.status_code == 201
    page = login("ministry").get(f"/outcomes/{taken.json['key']}?lang=en").text
    assert "What to look at before deciding" in page
    assert "까닭이 있다" in page


def test_a_draft_may_be_doubtful_until_it_is_submitted(report, login):
    report(AFTER)
    answer = report(AFTER | {"ends_on": "2025-12-31", "submit": False})
    assert answer.status_code == 201
    address = f"/api/v1/outcomes/{answer.json['key']}/submission"
    officer = login("municipality")
    assert set(officer.post(address, json={}).json["errors"]) == {"begins_on", "reason"}
    assert officer.post(address, json={"reason": "따로 셈"}).json["state"] == "submitted"


# As of a day, as known on a day, and the same in every file.


def test_lists_files_and_dates_agree(approved, client):
    approved(BEFORE)
    approved(AFTER)
    today, past = date.today(), date.today() - timedelta(days=3)  # noqa: DTZ011 - days apart
    for asked, total in (
        ({}, 2),
        ({"as_of": "2026-03-30"}, 1),
        ({"as_of": "2026-03-31"}, 2),
        ({"as_of": "2022-12-30"}, 0),
        ({"known_on": past.isoformat()}, 0),
        ({"known_on": (today + timedelta(days=1)).isoformat()}, 2),
        ({"site": "boryeong-2023"}, 0),
        ({"kind": "baseline"}, 1),
        ({"state": "approved"}, 2),
        ({"state": "draft"}, 0),
    ):
        listed = client.get("/api/v1/outcomes", query_string=asked).json
        assert listed["total"] == total, asked
        assert client.get("/outcomes.json", query_string=asked).json == listed["items"], asked
        csv = client.get("/outcomes.csv", query_string=asked).text
        assert len(csv.strip().splitlines()) == total + 1


def test_a_target_stands_from_the_day_it_was_set(approved, client):
    days = {"begins_on": "2027-01-01", "ends_on": "2029-12-31"}
    key = approved(BEFORE | days | {"kind": "target", "numerator": 5})
    assert [it["key"] for it in found(client)] == [key]
    page = client.get("/deployments/sokcho-2023-smart-crosswalk").text
    assert "2029-12-31" in page


# Hostile text.

HOSTILE = "<script>alert(1)</script>${alert(1)}{{7*7}}'\"=cmd|' /C calc'!A0"


def test_hostile_text_stays_text(report, decide, login, client):
    parts = [{"by": "other", "label": HOSTILE, "numerator": 1}]
    more = {"note_ko": HOSTILE, "reason": HOSTILE, "parts": parts}
    key = report(AFTER | more).json["key"]
    assert decide(key, "returned", HOSTILE).status_code == 200
    for person in (login("municipality"), login("ministry")):
        for address in (
            f"/outcomes/{key}",
            "/outcomes",
            "/deployments/sokcho-2023-smart-crosswalk",
        ):
            page = person.get(address)
            assert page.status_code == 200
            assert "<script>alert(1)" not in page.text
            assert "49" not in page.text.split("alert(1)")[-1][:40]
    assert HOSTILE not in client.get("/outcomes.csv").text


@pytest.mark.parametrize("key", ["%00", "x" * 3000, "no-such", "%ED%A0%80"])
def test_a_strange_key_is_not_found(login, key):
    for who in ("municipality", "ministry"):
        assert login(who).get(f"/api/v1/outcomes/{key}").status_code == 404
    assert len(PEOPLE) > 2
