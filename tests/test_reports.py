"""Monthly reports: written in two minutes, returned, mended, approved; and who is silent."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from common.db import db
from common.facts import today
from tests.samples import REPORT, as_form
from tracker.plan.milestones import Milestone
from tracker.progress import Progress, Quantity
from tracker.reports.months import (
    counted_on,
    last_month,
    month_before,
    month_end,
    month_name,
    month_of,
)
from tracker.reports.reports import Report

POLE, CROSSWALK = "sokcho-2023-smart-pole", "sokcho-2023-smart-crosswalk"
PLACE = "/api/v1/sites/sokcho-2023/reports"
JANUARY = f"{PLACE}/2026-01"
HOSTILE = "<script>globalThis.x=1</script>{{7*7}}"
SECRET = "아무도 모르는 적요"


def lines(*changes: dict[str, object]) -> dict[str, object]:
    return {"lines": [{"deployment": POLE} | change for change in changes]}


@pytest.fixture
def facts(app):
    """`facts()`: how many quantities, states and milestones accounts have reported."""

    def count() -> tuple[int, ...]:
        with app.app_context():
            return tuple(
                db.session.scalar(
                    select(func.count()).select_from(model).where(model.mark == "reported")
                )
                for model in (Quantity, Progress, Milestone)
            )

    return count


@pytest.fixture
def decide(login):
    """`decide("2026-01", "approved", version=1)`: what the ministry is answered."""

    def answer(month: str, what: str, comment: str = "까닭", version: int = 1):
        body = {"comment": comment, "version": version}
        return login("ministry").post(f"{PLACE}/{month}/{what}", json=body)

    return answer


# Months.


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_month_is_written_and_read_the_same(day):
    first = month_of(month_name(day))
    assert first == day.replace(day=1)
    assert first <= day <= month_end(day)
    assert month_end(month_before(day)) == first - timedelta(1)


def test_last_month_is_the_one_before_this_one():
    assert month_end(last_month()) == today().replace(day=1) - timedelta(1)
    assert counted_on(today().replace(day=1)) == today()


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "26-01", "2026-00", "moon", "٢٠٢٦-01", 7])
def test_what_is_no_month_is_refused(name):
    with pytest.raises(ValueError, match=r".*"):
        month_of(name)


# Filling in.


def test_a_report_begins_with_what_is_known(login):
    page = login("municipality").get("/sites/sokcho-2023/reports/2026-01?lang=en").text
    for name, value in (
        ("lines-0-deployment", POLE),
        ("lines-0-installed", "17"),
        ("lines-0-accepted", ""),
        ("lines-1-installed", "17"),
        ("lines-3-installed", "3"),
    ):
        assert re.search(rf'name="{name}" value="{value}"', page), name
    assert re.search(r'value="completion_reported" selected', page)
    assert re.search(r'value="accepted" selected', page), "the next milestone"


def test_a_report_begins_with_the_one_of_last_month_that_waits(login, reported):
    reported("2026-01", **lines({"installed": 17, "accepted": 11, "note": SECRET}))
    page = login("municipality").get("/sites/sokcho-2023/reports/2026-02").text
    assert re.search(r'name="lines-0-accepted" value="11"', page)
    assert SECRET not in page, "a note is told once"


def test_nothing_changed_is_sent_as_it_came_and_makes_no_fact(login, decide, facts):
    officer, address = login("municipality"), "/sites/sokcho-2023/reports/2026-01"
    form = dict(
        re.findall(r'<input[^>]* name="([\w-]+)" value="([^"]*)"', officer.get(address).text)
    )
    form = {name: it for name, it in form.items() if not name.endswith("reached")}  # not ticked
    form |= {f"lines-{n}-state": "completion_reported" for n in range(4)}
    form |= {f"lines-{n}-milestone": "accepted" for n in range(4)} | {"step": "submitted"}
    assert officer.post(address, data=form).status_code == 303
    assert decide("2026-01", "approved").status_code == 200
    assert facts() == (0, 0, 0)


def test_what_is_new_becomes_facts_of_the_months_end_when_approved(
    login, decide, facts, client, settled
):
    settled()
    told = {
        "installed": 18,
        "accepted": 16,
        "working": 12,
        "state": "working",
        "milestone": "accepted",
        "due": "2026-03-31",
        "note": "한 기를 더 세웠다.",
    }
    body = REPORT | lines(told)
    assert login("municipality").post(JANUARY, json=body).status_code == 201
    assert facts() == (0, 0, 0), "not before it is approved"
    assert decide("2026-01", "approved").status_code == 200
    assert facts() == (3, 1, 1)
    pole = client.get(f"/api/v1/deployments/{POLE}?as_of=2026-01-31").json
    assert (pole["installed_qty"], pole["accepted_qty"], pole["working_qty"]) == (18, 16, 12)
    assert pole["state"] == "working"
    before = client.get(f"/api/v1/deployments/{POLE}?as_of=2026-01-30").json
    assert (before["installed_qty"], before["state"]) == (17, "completion_reported")
    plan = client.get("/api/v1/milestones?basis=forecast").json["items"]
    assert [(it["due"], it["on"]) for it in plan] == [("2026-03-31", "2026-01-31")]


def test_facts_are_recorded_by_whoever_submitted_on_the_day_that_was_given(app, login, decide):
    body = REPORT | lines({"accepted": 16, "note": "세어 봄"}) | {"on": "2026-01-20"}
    assert login("municipality").post(JANUARY, json=body).status_code == 201
    assert decide("2026-01", "approved").status_code == 200
    with app.app_context():
        fact = db.session.scalars(select(Quantity).where(Quantity.mark == "reported")).one()
        assert (fact.on, fact.value, fact.note_ko) == (date(2026, 1, 20), 16, "세어 봄")
        assert fact.recorded_by.organisation.slug == "sokcho"


def test_a_milestone_that_was_reached_is_told_as_such(login, decide, client):
    reached = {"milestone": "accepted", "due": "2026-01-15", "reached": True}
    answer = login("municipality").post(JANUARY, json=REPORT | lines(reached))
    assert answer.status_code == 201, answer.text
    assert decide("2026-01", "approved").status_code == 200
    told = client.get("/api/v1/milestones?basis=actual&kind=accepted").json["items"]
    assert [it["due"] for it in told] == ["2026-01-15"]


# Refusals.


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"accepted": 18}, "accepted", "17 installed"),
        ({"installed": 9}, "installed", "fewer than 17"),
        ({"working": 18}, "working", "17 installed"),
        ({"state": "started"}, "state", "Completion reported"),
        ({"state": "withdrawn"}, "state", "leaves out"),
        ({"milestone": "accepted", "due": "2026-01-31"}, "due", "has passed"),
        ({"milestone": "accepted", "due": "2026-02-01", "reached": True}, "due", "not reached"),
        ({"due": "2026-05-01"}, "milestone", "which milestone"),
        ({"installed": -1}, "installed", ""),
        ({"installed": "x"}, "installed", ""),
        ({"state": "moon"}, "state", ""),
        ({"moon": 1}, "moon", ""),
        ({"deployment": "boryeong-2023-smart-pole", "installed": 1}, "deployment", "another site"),
        ({"deployment": "nowhere"}, "deployment", ""),
    ],
)
def test_a_wrong_line_is_refused_beside_its_field_and_nothing_is_saved(
    app, login, change, field, words
):
    officer = login("municipality")
    refused = officer.post(f"{JANUARY}?lang=en", json=REPORT | lines(change))
    assert refused.status_code == 422, refused.text
    assert words in str(refused.json["errors"]["lines"]["0"][field])
    page = officer.post(
        "/sites/sokcho-2023/reports/2026-01?lang=en", data=as_form(REPORT | lines(change))
    )
    assert page.status_code == 422
    assert words in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Report)) == 0


@pytest.mark.parametrize(
    ("month", "change", "field"),
    [
        ("2099-01", {}, "month"),
        ("2023-03", {}, "month"),
        ("2026-01", {"on": "2026-02-01"}, "on"),
        ("2026-01", {"on": "2025-12-31"}, "on"),
        ("2026-01", {"step": "approved"}, "step"),
        ("2026-01", {"step": "moon"}, "step"),
        ("2026-01", lines({}, {}), "lines"),
    ],
)
def test_a_wrong_report_is_refused_by_its_field(login, month, change, field):
    refused = login("municipality").post(f"{PLACE}/{month}", json=REPORT | change)
    assert refused.status_code == 422
    assert field in refused.json["errors"]


@pytest.mark.parametrize("month", ["2026-13", "moon", "2026-1", "%00"])
def test_a_month_that_is_none_is_not_found(login, month):
    officer = login("municipality")
    assert officer.get(f"/sites/sokcho-2023/reports/{month}").status_code == 404
    assert officer.post(f"{PLACE}/{month}", json=REPORT).status_code == 404


def test_a_draft_may_be_wrong_but_is_not_submitted_so(login):
    wrong = REPORT | lines({"accepted": 18})
    officer = login("municipality")
    assert officer.post(JANUARY, json=wrong | {"step": "draft"}).status_code == 201
    assert officer.post(JANUARY, json=wrong | {"version": 1}).status_code == 422
    assert officer.get(JANUARY).json["state"] == "draft"


def test_what_does_not_fit_any_more_is_not_approved(login, reported, decide, facts):
    reported("2026-01", **lines({"accepted": 17}))
    less = {"stage": "installed", "value": 15, "on": "2025-12-01", "note_ko": "둘을 옮김"}
    address = f"/api/v1/deployments/{POLE}/quantities"
    assert login("municipality").post(address, json=less).status_code == 201
    refused = decide("2026-01", "approved")
    assert refused.status_code == 422
    assert "accepted" in refused.json["errors"]["lines"]["0"]
    assert facts() == (1, 0, 0)
    page = login("ministry").post(
        "/sites/sokcho-2023/reports/2026-01/approved?lang=en", data={"version": 1}
    )
    assert page.status_code == 422
    assert "15 installed" in page.text
