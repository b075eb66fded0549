"""Deviations: decided by the ministry, answer by answer, and what blocks a stage until then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from catalog.guidelines import Level, Stage
from common.db import db
from common.facts import When, today
from tests.samples import DECISION
from tracker.checklists.adherence import blocking, entries_of
from tracker.checklists.compliance import PLACES
from tracker.deployments import Deployment

POLE = "sokcho-2023-smart-pole"
PLACE = f"/api/v1/deployments/{POLE}"
MEETS = {"item": "WA-01", "result": "meets"}


def test_a_deviation_blocks_until_the_ministry_approves_it(answered, login, client):
    key = answered()[-1]
    ministry = login("ministry")

    def stands() -> tuple[str, bool]:
        whole = client.get(f"{PLACE}/checklist").json
        line = next(it for it in whole["items"] if it["item"] == "WA-02")
        return line["approval"], "WA-02" in whole["blocking"]

    assert stands() == ("pending", True)
    for verdict, result in (("refused", ("refused", True)), ("approved", ("approved", False))):
        answer = ministry.post(
            f"/api/v1/checks/{key}/decisions", json=DECISION | {"verdict": verdict}
        )
        assert answer.status_code == 201, answer.text
        assert stands() == result
    assert answer.json["corrects"], "a second decision for the same day corrects the first"
    before = client.get(f"{PLACE}/checklist?as_of=2025-03-20").json["items"]
    assert next(it for it in before if it["item"] == "WA-02")["approval"] == "pending"
    assert client.get("/api/v1/checks?approval=approved").json["total"] == 1
    assert client.get("/api/v1/checks?approval=pending").json["total"] == 0


def test_a_new_answer_needs_a_new_approval_and_the_old_one_can_no_longer_be_decided(
    answered, send, login, line_of
):
    key, ministry = answered()[-1], login("ministry")
    assert ministry.post(f"/api/v1/checks/{key}/decisions", json=DECISION).status_code == 201
    send({"item": "WA-02", "result": "deviates", "reason": "표본: 다른 까닭"}, on="2025-04-01")
    assert line_of("WA-02")["approval"] == "pending"
    answer = ministry.post(f"/api/v1/checks/{key}/decisions", json=DECISION)
    assert answer.status_code == 409
    assert ministry.post(f"/checks/{key}/decisions", data=DECISION).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"reason": " "}, "reason"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"on": "2025-03-19"}, "on"),
        ({"on": (today() + timedelta(1)).isoformat()}, "on"),
        ({"moon": 1}, "moon"),
    ],
    ids=str,
)
def test_a_wrong_decision_is_refused_and_the_form_keeps_it(answered, login, wrong, name):
    key, ministry = answered()[-1], login("ministry")
    answer = ministry.post(f"/api/v1/checks/{key}/decisions", json=DECISION | wrong)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [name])
    if name != "moon":
        page = ministry.post(f"/checks/{key}/decisions", data=DECISION | wrong)
        assert page.status_code == 422
        assert name == "reason" or DECISION["reason"] in page.text


def test_only_a_deviation_is_decided_on(answered, login):
    key = answered()[0]
    answer = login("ministry").post(f"/api/v1/checks/{key}/decisions", json=DECISION)
    assert answer.status_code == 422
    assert login("ministry").post("/api/v1/checks/no/decisions", json=DECISION).status_code == 404


def test_what_blocks_is_of_the_stage_and_the_earlier_ones_and_is_named(app, send):
    with app.app_context():
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
        found = {stage: {it.key for it in blocking(pole, stage, When.of())} for stage in Stage}
        must = [e.item for e in entries_of([pole], When.of()) if e.item.level is Level.MUST]
        for stage in Stage:
            due = {it.key for it in must if PLACES[it.stage] <= PLACES[stage]}
            assert found[stage] == due
    assert found[Stage.PRIVACY] == found[Stage.ACCEPT]
    assert found[Stage.PLAN] < found[Stage.ACCEPT] < found[Stage.OPERATE]
    send(MEETS, {"item": "WA-03", "result": "not_applicable", "reason": "표본"})
    with app.app_context():
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
        left = {it.key for it in blocking(pole, Stage.ACCEPT, When.of())}
        assert found[Stage.ACCEPT] - left == {"WA-01", "WA-03"}
        early = {it.key for it in blocking(pole, Stage.ACCEPT, When.of(date(2025, 3, 19)))}
        assert early == found[Stage.ACCEPT], "not answered yet on that day"
