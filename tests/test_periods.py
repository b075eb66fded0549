"""Periods: a closed month keeps what it held, later facts show as differences, all with reasons."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from common.db import db
from tracker.deployments import Deployment
from tracker.progress import Quantity
from tracker.reports.periods import Closing, Period, close, months, periods

pytestmark = pytest.mark.both_databases

MARCH = "/api/v1/periods/2025-03"
WHY = {"reason": "분기 보고를 위해 마감"}
POLE = "/api/v1/deployments/sokcho-2023-smart-pole"
LATE = {"stage": "accepted", "value": 16, "on": "2025-03-20", "note_ko": "하나는 고장"}


@pytest.fixture
def closed(login):
    """March 2025, closed by the ministry."""
    answer = login("ministry").post(f"{MARCH}/close", json=WHY)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_months_run_from_the_first_selection_to_the_last_month_that_is_over(client):
    told = client.get("/api/v1/periods").json
    names = [it["month"] for it in told["items"]]
    assert names[-1] == "2023-04"
    assert names == sorted(names, reverse=True)
    assert names[0] < date.today().isoformat()[:7]  # noqa: DTZ011 - a day is close enough
    assert all(it["closed_at"] is None and it["told_after"] is None for it in told["items"])


def test_every_month_comes_once():
    told = list(months(date(2023, 4, 14), date(2025, 2, 1)))
    assert (told[0], told[-1]) == (date(2023, 4, 1), date(2025, 1, 1))
    assert len(told) == len(set(told)) == 22
    assert list(months(date(2025, 2, 3), date(2025, 2, 28))) == []


def test_a_closed_month_keeps_what_it_held_and_shows_what_differs(closed, client, login):
    before = client.get(MARCH).json
    assert (before["closed_at"], before["differences"]) == (closed["closed_at"], [])
    assert login("municipality").post(f"{POLE}/quantities", json=LATE).status_code == 201
    after = client.get(MARCH).json
    assert after["held"] == before["held"]
    assert after["differences"] == [
        {
            "site": "sokcho-2023",
            "deployment": "sokcho-2023-smart-pole",
            "figure": "accepted_qty",
            "at_closing": None,
            "now": 16,
        }
    ]
    assert after["told_after"] == 1
    file = client.get(f"{MARCH}/differences.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["deployment"], row["now"]) for row in rows] == [("sokcho-2023-smart-pole", "16")]
    page = client.get("/periods/2025-03").text
    assert "sokcho-2023-smart-pole" in page


def test_a_fact_of_a_later_month_is_no_difference(closed, client, login):
    later = LATE | {"on": "2025-04-02"}
    assert login("municipality").post(f"{POLE}/quantities", json=later).status_code == 201
    told = client.get(MARCH).json
    assert (told["differences"], told["told_after"]) == ([], 0)


def test_opened_again_it_holds_what_is_known_and_the_closing_stays_on_record(closed, client, login):
    ministry = login("ministry")
    login("municipality").post(f"{POLE}/quantities", json=LATE)
    again = ministry.post(f"{MARCH}/reopen", json={"reason": "속초 검수 누락"})
    assert (again.status_code, again.json["reopen_reason"]) == (200, "속초 검수 누락")
    told = client.get(MARCH).json
    assert (told["closed_at"], told["differences"], told["told_after"]) == (None, [], None)
    accepted = [it["accepted_qty"] for it in told["held"]["deployments"]]
    assert 16 in accepted
    assert ministry.post(f"{MARCH}/close", json=WHY).json["nth"] == 2
    assert [it["nth"] for it in client.get(MARCH).json["closings"]] == [1, 2]


@pytest.mark.parametrize("act", ["close", "reopen"])
@pytest.mark.parametrize("reason", [{}, {"reason": "  "}, {"reason": "x" * 1001}, {"moon": "1"}])
def test_closing_and_opening_need_a_reason(login, act, reason):
    ministry = login("ministry")
    if act == "reopen":
        ministry.post(f"{MARCH}/close", json=WHY)
    answer = ministry.post(f"{MARCH}/{act}", json=reason)
    assert answer.status_code == 422
    form = ministry.post(f"/periods/2025-03/{act}", data=reason)
    assert form.status_code == 422
    assert (reason.get("reason", "").strip() or "<form") in form.text


def test_a_month_is_closed_once_and_opened_once(closed, login):
    ministry = login("ministry")
    assert ministry.post(f"{MARCH}/close", json=WHY).status_code == 409
    assert ministry.post(f"{MARCH}/reopen", json=WHY).status_code == 200
    assert ministry.post(f"{MARCH}/reopen", json=WHY).status_code == 409


@pytest.mark.parametrize("month", ["2023-03", "2999-01", "2025-13", "moon", "2025-3", "2025-03-01"])
def test_a_month_that_is_not_on_record_is_not_found(client, login, month):
    assert client.get(f"/api/v1/periods/{month}").status_code == 404
    assert client.get(f"/periods/{month}").status_code == 404
    assert login("ministry").post(f"/api/v1/periods/{month}/close", json=WHY).status_code == 404


@pytest.mark.parametrize("name", ["operator", "municipality", "coach", "consultant"])
def test_only_the_ministry_closes(login, client, name):
    assert login(name).post(f"{MARCH}/close", json=WHY).status_code == 403
    assert client.post(f"{MARCH}/close", json=WHY).status_code == 401


def test_the_months_take_the_same_number_of_statements_however_many_are_closed(
    login, client, statements
):
    with statements() as few:
        client.get("/periods")
    ministry = login("ministry")
    for month in range(1, 10):
        ministry.post(f"/api/v1/periods/2024-0{month}/close", json=WHY)
    with statements() as many:
        client.get("/periods")
    assert len(few) == len(many)


DAYS = st.dates(date(2025, 1, 1), date(2025, 6, 30))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(DAYS, st.integers(0, 99), st.booleans()), min_size=1, max_size=6))
def test_whatever_is_told_later_a_closed_month_says_the_same(app, facts):
    with app.app_context():
        pole = db.session.scalars(
            select(Deployment).where(Deployment.slug == "sokcho-2023-smart-pole")
        ).one()
        closing = close(march(), "마감", None)
        closing.closed_at = moment = datetime.now(UTC)
        db.session.flush()
        before = [it.planned_or_revised for it in march().held.deployments]
        for place, (on, value, correct) in enumerate(facts):
            newest = db.session.scalars(
                select(Quantity).order_by(Quantity.id.desc()).limit(1)
            ).one()
            db.session.add(
                Quantity(
                    key=f"later-{place}",
                    deployment=pole,
                    stage="planned",
                    value=value,
                    on=on,
                    recorded_at=moment + timedelta(seconds=place + 1),
                    corrects=newest if correct else None,
                    mark="reported",
                )
            )
            db.session.flush()
        month = march()
        assert [it.planned_or_revised for it in month.held.deployments] == before
        assert month.told_after == sum(on <= date(2025, 3, 31) for on, _value, _correct in facts)
        assert {it.name for it in month.differences} <= {"planned_qty", "installed_qty"}
        db.session.rollback()
        db.session.execute(delete(Closing))
        db.session.commit()


def march() -> Period:
    return next(it for it in periods() if it.name == "2025-03")
