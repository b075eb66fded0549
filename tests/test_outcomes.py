"""Outcomes: what is counted, how, on whose word, and what follows from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from catalog.indicators import Indicator
from common.db import db
from tests.reporting import AFTER, BEFORE, CRASHES, HERE, PASSED, STOPS, dates, found
from tracker.deployments import Deployment
from tracker.outcomes.outcomes import Outcome
from tracker.outcomes.reviews import OutcomeStep

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


def test_a_number_far_from_five_other_sites_asks_for_a_reason(app, report):
    deaths = {"indicator": "traffic-deaths", "counting": "events", "denominator": 1}
    with app.app_context():
        indicator = select(Indicator).where(Indicator.slug == "traffic-deaths")
        sites = {it.site_id: it for it in db.session.scalars(select(Deployment)).unique()}
        others = [it for it in sites.values() if it.site.slug != "sokcho-2023"][:5]
        for place, deployment in enumerate(others):
            made = Outcome.made(
                key=f"elsewhere-{place}",
                deployment=deployment,
                indicator=db.session.scalars(indicator).one(),
                kind="measurement",
                on=date(2025, 12, 31),
                begins_on=date(2025, 1, 1),
                ends_on=date(2025, 12, 31),
                counting="events",
                numerator=4 + place,
                denominator=1.0,
                mark="reported",
            )
            db.session.add(OutcomeStep(key=f"of-{place}", outcome=made, state="approved", rules=[]))
        db.session.commit()
    days = {"kind": "measurement", "begins_on": "2025-04-01", "ends_on": "2026-03-31"}
    assert report(deaths | days | {"numerator": 9}).status_code == 201
    days |= {"begins_on": "2026-04-01", "ends_on": "2026-06-30"}
    refused = report(deaths | days | {"numerator": 60})
    assert set(refused.json["errors"]) == {"numerator", "reason"}
    assert "5" in refused.json["errors"]["numerator"][0]


@pytest.mark.parametrize("ending", ["yaml", "csv", "xlsx"])
def test_what_is_dumped_is_the_same_when_it_is_loaded(app, report, decide, tmp_path, ending):
    parts = [{"by": "age", "label": "65+", "numerator": 5}]
    decide(report(AFTER | {"parts": parts, "note_ko": "센 방법"}).json["key"])
    run = app.test_cli_runner()
    for kind in ("indicators", "outcomes", "outcome-steps"):
        file = str(tmp_path / f"{kind}.{ending}")
        assert run.invoke(args=["dump", kind, file]).exit_code == 0
        done = run.invoke(args=["load", kind, file])
        assert done.output.strip().endswith("0 added, 0 changed"), done.output


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
