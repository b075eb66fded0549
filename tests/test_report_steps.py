"""Steps of a report: returned, mended, approved; who reads what, and who is silent."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm.exc import StaleDataError

from common.db import db
from tests.samples import REPORT, as_form
from tracker.plan.milestones import Milestone
from tracker.progress import Progress, Quantity
from tracker.reports.months import (
    last_month,
    month_name,
)
from tracker.reports.reporting import submitted_months
from tracker.reports.reports import STEPS, Report, ReportState, ReportStep
from tracker.sites import Site

pytestmark = pytest.mark.both_databases

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


# The way of a report.


def test_a_report_is_returned_with_a_comment_mended_and_approved(login, reported, decide, client):
    reported("2026-01")
    assert decide("2026-01", "returned", "", 1).status_code == 422, "it needs a sentence"
    assert decide("2026-01", "returned", "인수 수량의 근거를 적어 주세요.").status_code == 200
    officer = login("municipality")
    page = officer.get("/sites/sokcho-2023/reports/2026-01?lang=en").text
    assert page.index("인수 수량의 근거를 적어 주세요.") < page.index('<form class="hs-form"')
    mended = REPORT | lines({"accepted": 16, "note": "준공 조서"}) | {"version": 2}
    assert officer.post(JANUARY, json=mended).status_code == 200
    assert decide("2026-01", "approved", version=3).status_code == 200
    told = client.get(JANUARY).json
    assert [it["what"] for it in told["steps"]] == [
        "submitted",
        "returned",
        "submitted",
        "approved",
    ]
    assert (told["state"], told["version"]) == ("approved", 4)


def test_every_step_keeps_what_the_report_said_at_it(app, login, reported, decide):
    reported("2026-01")
    decide("2026-01", "returned")
    mended = REPORT | lines({"accepted": 15}) | {"version": 2}
    login("municipality").post(JANUARY, json=mended)
    with app.app_context():
        steps = db.session.scalars(select(ReportStep).order_by(ReportStep.id)).all()
        assert [it.said["lines"][0]["accepted"] for it in steps] == [16, 16, 15]


@pytest.mark.parametrize("state", [None, *ReportState])
def test_only_allowed_steps_are_taken(login, reported, decide, state):
    officer, version = login("municipality"), None
    if state is not None:
        officer.post(JANUARY, json=REPORT | {"step": "draft"})
        version = 1
    if state not in (None, ReportState.DRAFT):
        officer.post(JANUARY, json=REPORT | {"version": 1})
        version = 2
    if state in (ReportState.RETURNED, ReportState.APPROVED):
        assert decide("2026-01", state.value, version=2).status_code == 200
        version = 3
    for step in ReportState:
        if step in STEPS[state]:
            continue
        if step in (ReportState.DRAFT, ReportState.SUBMITTED):
            body = REPORT | {"step": step.value, "version": version}
            assert officer.post(JANUARY, json=body).status_code == 422
        else:
            expected = 404 if state is None else 409
            assert decide("2026-01", step.value, version=version or 1).status_code == expected


def test_two_who_write_the_same_report_lose_nothing(login, app):
    officer = login("municipality")
    assert officer.post(JANUARY, json=REPORT | {"step": "draft"}).status_code == 201
    first = REPORT | lines({"accepted": 15}) | {"step": "draft", "version": 1}
    assert officer.post(JANUARY, json=first).status_code == 200
    late = REPORT | lines({"accepted": 14}) | {"step": "draft", "version": 1}
    clash = officer.post(JANUARY, json=late)
    assert clash.status_code == 409
    assert clash.json["yours"]["lines"][0]["accepted"] == 14
    assert (clash.json["stored"]["lines"][0]["accepted"], clash.json["stored"]["version"]) == (
        15,
        2,
    )
    page = officer.post("/sites/sokcho-2023/reports/2026-01?lang=en", data=as_form(late))
    assert page.status_code == 409
    assert re.search(r'name="lines-0-accepted" value="14"', page.text), "mine is still there"
    assert re.search(r'name="version" value="2"', page.text)
    assert "<div>15</div>" in page.text
    assert officer.post(JANUARY, json=REPORT).status_code == 409, "a new one where there is one"


def test_the_ministry_decides_what_it_read(login, reported, decide):
    reported("2026-01")
    assert decide("2026-01", "approved", version=7).status_code == 409
    assert login("ministry").get(JANUARY).json["state"] == "submitted"


def test_sent_twice_entered_once(app, login):
    officer, key = login("municipality"), {"Idempotency-Key": "the-same"}
    answers = [officer.post(JANUARY, json=REPORT, headers=key) for _ in range(2)]
    assert [it.status_code for it in answers] == [201, 201]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ReportStep)) == 1


# Who reads what.


@pytest.mark.parametrize(
    ("step", "readers"),
    [
        ("draft", {"municipality"}),
        ("submitted", {"municipality", "ministry"}),
        ("approved", {"municipality", "ministry", "other_municipality", "coach", "operator"}),
    ],
)
def test_a_report_is_read_by_its_site_then_the_ministry_then_everybody(
    login, client, decide, step, readers
):
    body = REPORT | lines({"accepted": 16, "note": SECRET}) | {"note": SECRET}
    sent = login("municipality").post(
        JANUARY, json=body | {"step": "draft" if step == "draft" else "submitted"}
    )
    assert sent.status_code == 201
    if step == "approved":
        assert decide("2026-01", "approved", "내부 말").status_code == 200
    for name in ("municipality", "ministry", "other_municipality", "coach", "operator", "public"):
        person = client if name == "public" else login(name)
        reads = name in readers or (name == "public" and step == "approved")
        for address in (
            JANUARY,
            "/sites/sokcho-2023/reports/2026-01",
            "/reports.csv",
            "/api/v1/reports",
            "/api/v1/reports.json",
        ):
            answer = person.get(address)
            text = answer.get_data(as_text=True)
            text = str(answer.json) if answer.is_json else text
            assert (SECRET in text) == reads, (name, address)
        told = person.get(JANUARY).json
        assert told["state"] == step, "that it is there is no secret"
        assert told["text_hidden"] is not reads


def test_a_report_as_of_a_day_says_what_it_said_then(app, login, reported, decide, client):
    reported("2026-01")
    decide("2026-01", "approved")
    with app.app_context():
        for step, day in zip(
            db.session.scalars(select(ReportStep).order_by(ReportStep.id)), (3, 9), strict=True
        ):
            step.recorded_at = datetime(2026, 2, day, 3, tzinfo=UTC)
        db.session.commit()
    states = [
        [it["state"] for it in client.get(f"/api/v1/reports?as_of=2026-02-{day}").json["items"]]
        for day in ("02", "03", "08", "09")
    ]
    assert states == [[], ["submitted"], ["submitted"], ["approved"]]
    assert client.get(f"{JANUARY}?known_on=2026-02-08").json["state"] == "submitted"
    assert client.get("/api/v1/reports?state=submitted&as_of=2026-02-08").json["total"] == 1


def test_a_municipality_reports_for_its_own_site_only(login):
    other = login("other_municipality")
    assert other.post(JANUARY, json=REPORT).status_code == 403
    assert other.get("/sites/sokcho-2023/reports/2026-01").status_code == 404
    own = REPORT | {"lines": [{"deployment": "boryeong-2023-smart-pole", "installed": 22}]}
    assert other.post("/api/v1/sites/boryeong-2023/reports/2026-01", json=own).status_code == 201


# Who is silent.


def test_silent_sites_are_seen_by_everybody(client, login, reported):
    reported("2026-01")
    login("other_municipality").post(
        "/api/v1/sites/boryeong-2023/reports/2026-01", json={"step": "draft", "lines": []}
    )
    told = client.get("/api/v1/reporting?month=2026-01").json
    assert (told["month"], told["reported"], told["of"]) == ("2026-01", 1, 8)
    states = {it["site"]: it["state"] for it in told["sites"]}
    assert states["sokcho-2023"] == "submitted"
    assert states["boryeong-2023"] == "draft"
    assert states["okcheon-2023"] is None
    for address in ("/reports?month=2026-01&lang=en", "/reporting?month=2026-01&lang=en"):
        page = client.get(address).text
        assert "1 of 8 sites reported 2026-01" in page
        assert page.count("no report") == 6
    assert client.get("/api/v1/reporting").json["month"] == month_name(last_month())
    assert client.get("/api/v1/reporting?month=moon").status_code == 422
    then = client.get("/api/v1/reporting?as_of=2025-03-31").json
    assert (then["month"], then["reported"]) == ("2025-02", 0), "the month before that day"
    page = client.get("/reporting?as_of=2025-03-31&lang=en").text
    assert 'value="2025-03-31"' in page
    assert "/reporting?month=2025-01&amp;as_of=2025-03-31" in page
    none = client.get("/api/v1/reporting?month=2023-03").json
    assert (none["reported"], none["of"]) == (0, 0), "nobody was selected yet"


def test_the_dashboard_says_how_many_reported_last_month(client, reported):
    month = month_name(last_month())
    reported(month)
    page = client.get("/dashboard?lang=en").text
    assert f"1 of 8 sites reported {month}" in page
    assert f"/reporting?month={month}" in page
    assert "0 of 8 sites reported 2025-02" in client.get("/dashboard?lang=en&as_of=2025-03-31").text


def test_the_months_that_were_sent_are_known_by_site(app, reported, decide, login):
    for month in ("2026-01", "2026-02", "2026-03"):
        reported(month)
    decide("2026-01", "approved")
    decide("2026-02", "returned")
    with app.app_context():
        site = db.session.scalars(select(Site).where(Site.slug == "sokcho-2023")).one()
        assert submitted_months([site]) == {
            site.id: {
                date(2026, 1, 1): ReportState.APPROVED,
                date(2026, 3, 1): ReportState.SUBMITTED,
            }
        }


@pytest.mark.parametrize(
    "address",
    [
        "reports?as_of=0001-01-01",
        "reports?as_of=9999-12-31&known_on=0001-01-01",
        "reporting?month=0001-01",
        "reporting?month=9999-12",
        "reports?month=9999-12",
        "revisions?as_of=9999-12-31&known_on=9999-12-31",
        "milestones?as_of=0001-01-01",
        "budgets?known_on=0001-01-01",
        "sites/sokcho-2023/plan?as_of=0001-01-01",
        "sites/sokcho-2023/plan?as_of=9999-12-31&known_on=9999-12-31",
    ],
)
@pytest.mark.parametrize("face", ["/", "/api/v1/"])
def test_the_first_and_the_last_day_break_nothing(client, face, address):
    assert client.get(f"{face}{address}").status_code == 200


def test_two_at_the_same_moment_are_told_apart(app, login, reported):
    """What the number in the form does not see, the number in the UPDATE does."""
    reported("2026-01")
    with app.app_context():
        report = db.session.scalars(select(Report)).one()
        who = report.steps[0].by
        with db.engine.begin() as other:
            other.execute(update(Report).values(version=9))
        report.take(ReportState.RETURNED, who, "까닭")
        with pytest.raises(StaleDataError):
            db.session.commit()
        db.session.rollback()


def test_hostile_text_in_a_report_is_text(login, decide, client):
    body = REPORT | lines({"accepted": 16, "note": HOSTILE}) | {"note": HOSTILE}
    assert login("municipality").post(JANUARY, json=body).status_code == 201
    assert decide("2026-01", "returned", HOSTILE).status_code == 200
    address = "/sites/sokcho-2023/reports/2026-01"
    pages = [login("municipality").get(address).text]
    login("municipality").post(JANUARY, json=body | {"version": 2})
    assert decide("2026-01", "approved", HOSTILE, 3).status_code == 200
    pages += [client.get(it).text for it in (address, f"/deployments/{POLE}")]
    for page in pages:
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


def test_reports_are_not_loaded_from_files(app, tmp_path):
    file = tmp_path / "reports.csv"
    file.write_text("slug\nnew-one\n", "utf-8")
    done = app.test_cli_runner().invoke(args=["load", "reports", str(file)])
    assert done.exit_code != 0
    assert "on their pages" in done.output or "no such field" in done.output


def test_strange_bodies_are_refused_in_words(login):
    officer = login("municipality")
    for body in ({"lines": {}}, {"lines": [[]]}, {"lines": [{}]}, {"version": "x"}, {"on": []}):
        refused = officer.post(JANUARY, json=REPORT | body)
        assert refused.status_code == 422, body
