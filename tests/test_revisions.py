"""Revisions of a plan: proposed with a reason, decided once, and become facts that name them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from common.db import db
from common.facts import today
from tests.samples import REVISION, STATE, as_form
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import (
    Milestone,
)
from tracker.plan.revisions import PlanRevision
from tracker.progress import Quantity

POLE, CROSSWALK = "sokcho-2023-smart-pole", "sokcho-2023-smart-crosswalk"
SITE = "/api/v1/sites/sokcho-2023"
DAYS = ("2023-06-30", "2024-06-30", "2025-03-31")
HOSTILE = "<script>globalThis.x=1</script>{{7*7}}"


@pytest.fixture
def plan(client):
    """`plan("sokcho-2023", as_of=...)`: its plan as the API tells it."""

    def told(site: str = "sokcho-2023", **asked: str):
        answer = client.get(f"/api/v1/sites/{site}/plan", query_string=asked)
        assert answer.status_code == 200, answer.text
        return answer.json

    return told


def line_of(told, slug: str):
    return next(it for it in told["lines"] if it["deployment"]["slug"] == slug)


def load(app, tmp_path, kind: str, head: str, *rows: str):
    file = tmp_path / f"{kind}.csv"
    file.write_text("\n".join([head, *rows, ""]), "utf-8")
    return app.test_cli_runner().invoke(args=["load", kind, str(file)])


# Revisions.

WHOLE = {
    "reason": "공사비가 올라 수량을 줄인다.",
    "on": "2025-02-01",
    "lines": [
        {"deployment": POLE, "quantity": 17, "national_won": 900_000_000},
        {"deployment": CROSSWALK, "quantity": 17, "accepted_due": "2025-04-30"},
    ],
}


def test_an_approved_revision_becomes_dated_facts_that_name_it(app, login, client, proposed, plan):
    slug = proposed(**WHOLE)
    assert line_of(plan(), POLE)["deployment"]["revised_qty"] is None, "not before it is approved"
    before = {it["name"]: it["before"] for it in plan()["revisions"][0]["changes"]}
    assert before == {"quantity": 10, "national_won": None, "accepted_due": None}

    answer = login("ministry").post(
        f"/api/v1/revisions/{slug}/approved", json={"comment": "현장 확인함."}
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json["state"], answer.json["decision_note"]) == ("approved", "현장 확인함.")
    pole = line_of(plan(as_of="2025-02-01"), POLE)
    assert (pole["deployment"]["planned_qty"], pole["deployment"]["revised_qty"]) == (29, 17)
    assert line_of(plan(as_of="2025-01-31"), POLE)["deployment"]["revised_qty"] is None
    assert pole["budget_won"] == 900_000_000
    with app.app_context():
        for model in (Quantity, BudgetLine, Milestone):
            of_it = select(model).where(model.key.startswith(slug))
            facts = db.session.scalars(of_it).unique().all()
            assert facts, model
            for fact in facts:
                assert slug in fact.note_ko
                assert WHOLE["reason"] in fact.note_en
                assert fact.recorded_by.organisation.slug == "sokcho"
    page = client.get("/sites/sokcho-2023/plan?lang=en").text
    for words in (WHOLE["reason"], "현장 확인함.", "Approved", "29", "17"):
        assert words in page


def test_a_revision_stood_undecided_until_the_day_of_its_decision(app, login, client, proposed):
    slug = proposed()
    login("ministry").post(f"/api/v1/revisions/{slug}/approved", json={"comment": "좋음"})
    with app.app_context():
        revision = db.session.scalars(select(PlanRevision).where(PlanRevision.slug == slug)).one()
        revision.proposed_on = date(2025, 1, 10)
        revision.decided_on = date(2025, 1, 20)
        revision.recorded_at = datetime(2025, 1, 10, 3, tzinfo=UTC)
        revision.decided_at = datetime(2025, 1, 22, 3, tzinfo=UTC)
        db.session.commit()

    def state(**asked: str):
        items = client.get("/api/v1/revisions", query_string=asked).json["items"]
        return [(it["state"], it["decision_note"]) for it in items]

    assert state(as_of="2025-01-09") == []
    assert state(as_of="2025-01-19") == [("proposed", None)]
    assert state(as_of="2025-01-20") == [("approved", "좋음")]
    assert state(as_of="2025-01-20", known_on="2025-01-21") == [("proposed", None)]
    assert state(state="approved", as_of="2025-01-19") == []


def test_a_refused_revision_leaves_the_plan_as_it_is(login, proposed, plan):
    slug = proposed()
    answer = login("ministry").post(
        f"/api/v1/revisions/{slug}/refused", json={"comment": "근거 부족"}
    )
    assert answer.json["state"] == "refused"
    assert line_of(plan(), POLE)["deployment"]["revised_qty"] is None
    assert plan()["revisions"][0]["decision_note"] == "근거 부족"


def test_a_revision_is_decided_once(login, proposed):
    slug, ministry = proposed(), login("ministry")
    address = f"/api/v1/revisions/{slug}"
    assert ministry.post(f"{address}/approved", json={}).status_code == 422, "it needs a sentence"
    assert ministry.post(f"{address}/approved", json={"comment": "예"}).status_code == 200
    for again in ("approved", "refused"):
        assert ministry.post(f"{address}/{again}", json={"comment": "또"}).status_code == 409
    page = ministry.post(f"/revisions/{slug}/refused", data={"comment": "또"})
    assert page.status_code == 409


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"reason": ""}, ["reason"]),
        ({"lines": []}, ["lines"]),
        ({"lines": [{"deployment": POLE}]}, ["lines"]),
        ({"lines": [REVISION["lines"][0]] * 2}, ["lines"]),
        ({"lines": [{"deployment": POLE, "quantity": 29}]}, ["lines", "0", "quantity"]),
        ({"lines": [{"deployment": POLE, "quantity": -1}]}, ["lines", "0", "quantity"]),
        ({"lines": [{"deployment": POLE, "moon": 1}]}, ["lines", "0", "moon"]),
        (
            {"lines": [{"deployment": "boryeong-2023-smart-pole", "quantity": 3}]},
            ["lines", "0", "deployment"],
        ),
        ({"lines": "x"}, ["lines"]),
        ({"lines": [1, None]}, ["lines", "0"]),
        ({"on": "2025-02-30"}, ["on"]),
        ({"on": "2023-04-12"}, ["on"]),
    ],
)
def test_a_wrong_proposal_is_refused_where_it_is_wrong(app, login, change, where):
    refused = login("municipality").post(f"{SITE}/revisions", json=REVISION | change)
    assert refused.status_code == 422, refused.text
    told = refused.json["errors"]
    for name in where:
        assert name in told
        told = told[name]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PlanRevision)) == 0


def test_a_form_proposes_several_deployments_and_comes_back_filled_in(login, client, plan):
    officer = login("municipality")
    lines = [{"deployment": it["deployment"]["slug"]} for it in plan()["lines"]]
    lines[0] |= {"quantity": 18}
    lines[1] |= {"local_won": 7_000_000, "start_due": "2024-05-01"}
    wrong = as_form(WHOLE | {"reason": "", "lines": lines})
    page = officer.post("/sites/sokcho-2023/revisions?lang=en", data=wrong)
    assert page.status_code == 422
    assert 'value="18"' in page.text
    assert 'value="7000000"' in page.text
    sent = officer.post("/sites/sokcho-2023/revisions", data=as_form(WHOLE | {"lines": lines}))
    assert sent.status_code == 303
    changes = client.get("/api/v1/revisions").json["items"][0]["changes"]
    assert [it["name"] for it in changes] == ["quantity", "local_won", "start_due"]


def test_sent_twice_proposed_once_and_approved_once(app, login):
    officer, key = login("municipality"), {"Idempotency-Key": "the-same"}
    answers = [officer.post(f"{SITE}/revisions", json=REVISION, headers=key) for _ in range(2)]
    assert [it.status_code for it in answers] == [201, 201]
    slug = answers[0].json["slug"]
    assert answers[1].json["slug"] == slug
    ministry = login("ministry")
    for _ in range(2):
        done = ministry.post(
            f"/api/v1/revisions/{slug}/approved", json={"comment": "예"}, headers=key
        )
        assert done.status_code == 200
    with app.app_context():
        facts = select(func.count()).select_from(Quantity).where(Quantity.key.startswith(slug))
        assert db.session.scalar(facts) == 1


def test_hostile_text_in_a_revision_is_text(login, client, proposed):
    slug = proposed(reason=HOSTILE)
    login("ministry").post(f"/api/v1/revisions/{slug}/approved", json={"comment": HOSTILE})
    for address in ("/sites/sokcho-2023/plan", "/revisions", f"/deployments/{POLE}"):
        page = client.get(address).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


def test_nobody_proposes_for_another_site_or_decides_as_a_municipality(login, proposed):
    slug = proposed()
    other = login("other_municipality")
    assert other.post(f"{SITE}/revisions", json=REVISION).status_code == 403
    assert other.post(f"/api/v1/deployments/{POLE}/states", json=STATE).status_code == 403
    for name in ("municipality", "operator", "coach"):
        done = login(name).post(f"/api/v1/revisions/{slug}/approved", json={"comment": "예"})
        assert done.status_code == 403


def test_a_decided_revision_is_not_changed_by_a_file(app, login, proposed, tmp_path):
    slug = proposed()
    login("ministry").post(f"/api/v1/revisions/{slug}/approved", json={"comment": "예"})
    done = load(app, tmp_path, "revisions", "slug,reason", f"{slug},다른 까닭")
    assert done.exit_code != 0
    assert "decided" in done.output


def test_revisions_are_written_to_a_file_and_read_back_unchanged(app, login, proposed, tmp_path):
    slug = proposed(**WHOLE)
    login("ministry").post(f"/api/v1/revisions/{slug}/approved", json={"comment": "예"})
    for kind in ("csv", "xlsx", "yaml"):
        file, run = str(tmp_path / f"revisions.{kind}"), app.test_cli_runner()
        assert run.invoke(args=["dump", "revisions", file]).exit_code == 0
        again = run.invoke(args=["load", "revisions", file])
        assert "0 added, 0 changed" in again.output, again.output
        with app.app_context():
            db.session.delete(db.session.scalars(select(PlanRevision)).one())
            db.session.commit()
        assert "1 added, 0 changed" in run.invoke(args=["load", "revisions", file]).output


def test_a_plan_is_of_today_without_a_date_and_unknown_sites_have_none(client, plan):
    assert plan()["as_of"] == today().isoformat()
    assert client.get("/api/v1/sites/nowhere/plan").status_code == 404
    assert client.get(f"{SITE}/plan?as_of=moon").status_code == 422
