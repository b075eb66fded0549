"""Other terms of an agreement: proposed, answered, decided; what held before stays readable."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from accounts.organisations import Organisation
from common.db import db
from common.facts import today
from tests.samples import SESSION
from tracker.coaching.agreements import Agreement
from tracker.sites import Site

MORE = {"minutes": 300, "ends_on": "2025-09-30", "comment": "표본: 검수가 늦어짐"}
FIRST, NOW = "2025-02-01", today().isoformat()


@pytest.fixture
def agreed(app):
    """`agreed("a", "2025-01-01", "2025-06-30")`: the address of 120 minutes agreed back then."""

    def agree(key: str, begins_on: str, ends_on: str) -> str:
        with app.app_context():
            site = db.session.scalars(select(Site).where(Site.slug == "sokcho-2023")).one()
            host = db.session.scalars(
                select(Organisation).where(Organisation.slug == "seongdong")
            ).one()
            days = {
                "begins_on": date.fromisoformat(begins_on),
                "ends_on": date.fromisoformat(ends_on),
            }
            on = date.fromisoformat(begins_on)
            db.session.add(Agreement(key=key, on=on, site=site, host=host, minutes=120, **days))
            db.session.commit()
        return f"/api/v1/agreements/{key}"

    return agree


def test_a_host_proposes_the_site_accepts_and_what_held_before_stays(login, client, agreed):
    coach, officer, ministry = (login(it) for it in ("coach", "municipality", "ministry"))
    address = agreed("sample-one", "2025-01-01", "2025-06-30")
    later = agreed("sample-two", "2026-01-01", "2026-03-31")
    session = SESSION | {"duration_min": 180, "without_agreement": None, "actions": []}
    coach.post("/api/v1/coaching", json=session)
    [alert] = ministry.get("/api/v1/alerts?rule=coaching_overdrawn").json["items"]
    assert alert["next_act_path"] == "/agreements/sample-one#change"
    assert "다른 시간이나 종료일" in coach.get("/agreements/sample-one").text

    for change, field in (
        ({"minutes": 0}, "minutes"),
        ({"minutes": 120, "ends_on": "2025-06-30"}, "minutes"),
        ({"ends_on": "2024-12-31"}, "ends_on"),
        ({"ends_on": "2026-01-01"}, "ends_on"),
        ({"comment": " "}, "comment"),
    ):
        wrong = coach.post(f"{address}/propose", json=MORE | change)
        assert (wrong.status_code, set(wrong.json["errors"])) == (422, {field}), change
    page = coach.post("/agreements/sample-one/propose", data=MORE | {"minutes": "0"})
    assert page.status_code == 422
    assert "검수가 늦어짐" in page.text, "nothing that was written is lost"

    sent = coach.post(f"{address}/propose", json=MORE)
    assert sent.json["agreed_min"] == 120, "a proposal changes nothing"
    assert coach.post(f"{address}/propose", json=MORE).status_code == 409
    stranger = client.get(address).json["changes"]
    assert [(it["what"], it["minutes"], it["comment"]) for it in stranger] == [
        ("proposed", 300, None)
    ]
    assert "검수가" not in client.get("/agreements/sample-one").text
    assert "검수가" in officer.get("/agreements/sample-one").text
    for steps, answer, status in ((7, "accepted", 409), (1, "moon", 422), (0, "declined", 422)):
        wrong = officer.post(f"{address}/answer", json={"steps": steps, "answer": answer})
        assert wrong.status_code == status, (steps, answer)
    yes = officer.post(f"{address}/answer", json={"steps": 1, "answer": "accepted"})
    assert (yes.json["agreed_min"], yes.json["ends_on"]) == (300, "2025-09-30")
    assert (yes.json["given_min"], yes.json["remaining_min"]) == (180, 120)
    assert yes.json["on"] == NOW
    assert ministry.get("/api/v1/alerts?rule=coaching_overdrawn").json["total"] == 0

    # One agreement in lists, with the terms of the day that is asked about.
    def listed(**when: str) -> list[tuple[int, str]]:
        rows = client.get("/api/v1/agreements", query_string=when).json["items"]
        return [(it["minutes"], it["ends_on"]) for it in rows if it["begins_on"] == "2025-01-01"]

    assert listed(site="sokcho-2023") == [(300, "2025-09-30")]
    assert listed(site="sokcho-2023", as_of=FIRST) == [(120, "2025-06-30")]
    assert client.get(address).json["newest"] == yes.json["key"]
    assert "그 뒤" in client.get("/agreements/sample-one").text
    for late in ("propose", "decide"):
        who = coach if late == "propose" else ministry
        assert who.post(f"{address}/{late}", json=MORE | {"minutes": 90}).status_code == 409
    in_august = session | {"held_on": "2025-08-01"}
    assert coach.post("/api/v1/coaching", json=in_august).status_code == 201, "by the new last day"

    # The ministry sets terms itself; a site may decline.
    newer = f"/api/v1/agreements/{yes.json['key']}"
    set_now = ministry.post(f"{newer}/decide", json=MORE | {"minutes": 400})
    assert (set_now.status_code, set_now.json["agreed_min"]) == (200, 400)
    coach.post(f"{later}/propose", json=MORE | {"ends_on": "2026-06-30"})
    no = officer.post(f"{later}/answer", json={"steps": 1, "answer": "declined"})
    assert (no.json["agreed_min"], no.json["changes"][-1]["what"]) == (120, "declined")
    assert coach.post(f"{later}/propose", json=MORE | {"ends_on": "2026-06-30"}).status_code == 200
