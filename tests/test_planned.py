"""Planned sessions: announced, moved, cancelled, held; one event in calendars all the way."""

from __future__ import annotations

import warnings
from datetime import timedelta

import pytest

from common.facts import today
from tests.samples import PLAN, PLAN_TERMS, SECRET_QUESTION, SESSION, as_form

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import vobject

PLANS, LOG = "/api/v1/planned-sessions", "/api/v1/coaching"
COMMENT = {"version": 1, "comment": "표본: 눈이 많이 옴"}
NEXT = (today() + timedelta(days=9)).isoformat()


@pytest.fixture
def feed(login, client):
    """`feed("coach", scope="mine")`: the events that such a calendar tells, by UID."""

    def subscribe(name: str, **sent: object):
        made = login(name).post("/api/v1/account/calendar", json=sent).json["address"]
        path = made.removeprefix("http://localhost")
        return lambda: events(client.get(path).text)

    return subscribe


def events(text: str) -> dict:
    calendar = vobject.readOne(text)
    return {it.uid.value: it for it in getattr(calendar, "vevent_list", [])}


def test_one_event_from_planned_to_held_with_numbers_that_rise(login, client, feed):
    coach, officer = login("coach"), login("municipality")
    made = coach.post(PLANS, json=PLAN)
    assert made.status_code == 201, made.text
    address, uid = f"{PLANS}/{made.json['slug']}", f"{made.json['slug']}@sessions.hwaksan"
    ask = feed("municipality", scope="mine")
    stranger = feed("consultant", scope="host", host="seongdong")
    seen = [ask()[uid]]
    assert seen[0].dtstart.value.isoformat() == f"{PLAN['planned_on']}T05:30:00+00:00"
    assert seen[0].location.value == PLAN["place"]
    assert stranger()[uid].location.value == "속초시", "the room is the parties' alone"
    # Moved by the other side; a stale version changes nothing.
    moved = PLAN_TERMS | {"planned_on": NEXT, "version": 1, "comment": "표본: 회의와 겹침"}
    sent = officer.post(f"{address}/move", json=moved)
    assert (sent.status_code, sent.json["state"], sent.json["planned_on"]) == (200, "moved", NEXT)
    assert coach.post(f"{address}/move", json=moved).status_code == 409
    seen.append(ask()[uid])
    assert seen[1].dtstart.value.date().isoformat() == NEXT
    month = client.get("/api/v1/calendar", query_string={"on": NEXT, "span": "week"}).json
    assert {it["on"]: it["planned"] for it in month["days"] if it["planned"]} == {
        NEXT: [made.json["slug"]]
    }
    site = client.get("/sites/sokcho-2023").text
    assert "다음 일정" in site
    assert made.json["slug"] in site
    # It counts in nothing: neither log nor figures know it.
    before = client.get(f"{LOG}?site=sokcho-2023").json["total"]
    assert client.get("/api/v1/coaches/seongdong").json.get("minutes") in (None, 0)

    early = coach.post(LOG, json=SESSION | {"held_on": NEXT, "planned": made.json["slug"]})
    assert set(early.json["errors"]) == {"held_on"}, "a day to come was not held"
    wrong = SESSION | {"planned": made.json["slug"], "site": "uiwang-2023", "solutions": []}
    assert set(coach.post(LOG, json=wrong).json["errors"]) == {"planned"}
    form = coach.get(f"/coaching/new?planned={made.json['slug']}").text
    for text in (f'value="{made.json["slug"]}"', 'value="14:30"', PLAN["place"], SECRET_QUESTION):
        assert text in form
    held = coach.post(LOG, json=SESSION | {"planned": made.json["slug"]})
    assert held.status_code == 201, held.text
    assert coach.post(LOG, json=SESSION | {"planned": made.json["slug"]}).status_code == 422
    told = client.get(address).json
    assert (told["state"], told["session"]) == ("held", held.json["slug"])
    assert client.get(f"{LOG}?site=sokcho-2023").json["total"] == before + 1
    seen.append(ask()[uid])
    coach.patch(f"{LOG}/{held.json['slug']}", json={"version": 1, "duration_min": 80})
    seen.append(ask()[uid])
    late = coach.patch(
        f"{LOG}/{held.json['slug']}", json={"version": 2, "planned": made.json["slug"]}
    )
    assert set(late.json["errors"]) == {"planned"}
    assert seen[2].dtstart.value.isoformat() == SESSION["held_on"]
    numbers = [int(it.sequence.value) for it in seen]
    assert numbers == sorted(set(numbers)), "each change has a higher number"
    assert len([it for it in ask() if it.endswith("@sessions.hwaksan")]) == 1
    # As known before all this, there was nothing.
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert client.get(PLANS, query_string={"known_on": yesterday}).json["total"] == 0
    assert client.get(address, query_string={"as_of": yesterday}).json["state"] is None


def test_a_cancelled_one_tells_so_and_why_to_its_parties(login, client, feed):
    coach, officer = login("coach"), login("municipality")
    sent = officer.post("/planned-sessions", data=as_form(PLAN | {"host": "seongdong"}))
    assert sent.status_code == 303
    slug = sent.location.rpartition("/")[2]
    uid, ask = f"{slug}@sessions.hwaksan", feed("coach", scope="mine")
    pack = officer.get("/sites/sokcho-2023/handover").text
    assert PLAN["planned_on"] in pack.partition("앞으로 90일")[2]
    invited = client.get(f"/planned-sessions/{slug}/invitation.ics").text
    assert vobject.readOne(invited).method.value == "REQUEST"
    assert PLAN["place"] not in invited
    page = coach.post(f"/planned-sessions/{slug}/cancel", data={"version": "1", "comment": " "})
    assert page.status_code == 422
    done = coach.post(f"{PLANS}/{slug}/cancel", json=COMMENT)
    assert done.json["state"] == "cancelled"
    assert ask()[uid].status.value == "CANCELLED"
    assert ask()[uid].sequence.value == "1"
    cancelled = client.get(f"/planned-sessions/{slug}/invitation.ics").text
    assert vobject.readOne(cancelled).method.value == "CANCEL"
    assert "눈이 많이" in officer.get(f"/planned-sessions/{slug}").text
    for person in (client, login("consultant"), login("other_municipality")):
        told = person.get(f"{PLANS}/{slug}").json
        assert (told["place"], told["question"], told["steps"][-1]["comment"]) == (None,) * 3
        assert told["topics"] == ["operation"]
        assert "견본 회의실" not in person.get(f"/planned-sessions/{slug}").text
    assert login("ministry").get(f"{PLANS}/{slug}").json["place"] == PLAN["place"]
    again = officer.post(f"{PLANS}/{slug}/move", json=PLAN_TERMS | {"version": 2})
    assert again.status_code == 409
    late = as_form(PLAN_TERMS | {"version": 2, "comment": "표본: 늦은 말"})
    page = officer.post(f"/planned-sessions/{slug}/move", data=late)
    assert page.status_code == 409
    assert coach.post(LOG, json=SESSION | {"planned": slug}).json["errors"]["planned"]


def test_what_can_not_be_planned_is_refused_and_kept(login):
    coach = login("coach")
    over = (today() - timedelta(days=1)).isoformat()
    for change in (
        {"planned_on": over},
        {"planned_on": "2999-02-30"},
        {"began_at": "25:00"},
        {"duration_min": 0},
        {"duration_min": 1441},
        {"site": "moon"},
        {"topics": ["moon"]},
    ):
        answer = coach.post(PLANS, json=PLAN | change)
        assert (answer.status_code, set(answer.json["errors"])) == (422, set(change)), change
    page = coach.post("/planned-sessions", data=as_form(PLAN | {"planned_on": over}))
    assert page.status_code == 422
    assert SECRET_QUESTION in page.text
    assert coach.post(PLANS, json=PLAN | {"host": "sokcho"}).status_code == 403
    officer = login("municipality")
    assert officer.post(PLANS, json=PLAN | {"site": "boryeong-2023"}).status_code == 403
    key = {"Idempotency-Key": "announced once"}
    slugs = {coach.post(PLANS, json=PLAN, headers=key).json["slug"] for _ in range(20)}
    assert len(slugs) == 1


def test_calendar_feed_and_site_ask_the_database_as_often_for_2_plans_as_for_12(
    login, client, statements
):
    coach = login("coach")
    made = coach.post("/api/v1/account/calendar", json={"scope": "mine"}).json["address"]
    feed = made.removeprefix("http://localhost")
    pages = (f"/calendar?on={PLAN['planned_on']}", feed, "/sites/sokcho-2023", "/planned-sessions")

    def counted(plans: int) -> list[int]:
        for _plan in range(plans):
            coach.post(PLANS, json=PLAN)
        counts = []
        for page in pages:
            with statements() as sent:
                assert client.get(page).status_code == 200
            counts.append(len(sent))
        return counts

    counted(1)  # what is asked once only, is
    assert counted(1) == counted(10)
