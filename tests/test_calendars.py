"""Calendars: feeds at secret addresses and invitations, read by a parser of somebody else's."""

from __future__ import annotations

import warnings
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.users import User
from common.db import db
from common.facts import today
from tests.samples import SECRET_ADVICE, SECRET_QUESTION, SECRET_STEP, SESSION
from tracker.coaching.calendars import CalendarAddress

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import vobject

HOSTILE = "표본\r\nBEGIN:VEVENT; X=1, \\n \x07 <b>" + "긴 줄 " * 40
LOG, ADDRESSES = "/api/v1/coaching", "/api/v1/account/calendar"


@pytest.fixture
def feed(login, client):
    """`feed("coach", scope="mine")`: what such a calendar tells, by UID, whenever it is asked."""

    def subscribe(name: str, **sent: object):
        made = login(name).post(ADDRESSES, json=sent)
        assert made.status_code == 201, made.text
        path = made.json["address"].removeprefix("http://localhost")

        def ask():
            answer = client.get(path)
            assert answer.mimetype == "text/calendar"
            return events(answer.data)

        ask.path, ask.key = path, made.json["key"]
        return ask

    return subscribe


def events(data: bytes) -> dict:
    """The events of a calendar by UID; each line is one that a strict reader takes."""
    lines = data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    calendar = vobject.readOne(data.decode())
    assert calendar.version.value == "2.0"
    return {it.uid.value: it for it in getattr(calendar, "vevent_list", [])}


def own(found: dict, kind: str = "sessions") -> dict:
    return {uid: it for uid, it in found.items() if uid.endswith(f"@{kind}.hwaksan")}


def test_a_feed_tells_days_and_summaries_and_no_text_unless_asked_to(login, client, feed, logged):
    slug = logged(summary_ko=HOSTILE)
    plain = feed("municipality", scope="mine")
    it = plain()[f"{slug}@sessions.hwaksan"]
    assert it.dtstart.value.isoformat() == "2025-02-10"
    assert it.description.value.startswith("표본\nBEGIN:VEVENT; X=1, \\n")
    assert it.location.value == "속초시"
    assert len(own(plain(), "actions")) == 2
    told = client.get(plain.path).text.replace("\r\n ", "")
    assert not [text for text in (SECRET_QUESTION, SECRET_ADVICE, SECRET_STEP) if text in told]
    with_text = feed("municipality", scope="mine", with_text=True)
    assert SECRET_STEP in client.get(with_text.path).text.replace("\r\n ", "")
    # A stranger to the session may know that it was held, and nothing of its actions.
    for scope in ({"scope": "site", "site": "sokcho-2023"}, {"scope": "host", "host": "seongdong"}):
        stranger = feed("consultant", with_text=True, **scope)
        assert set(stranger()) == {f"{slug}@sessions.hwaksan"}


def test_uids_stay_and_sequence_numbers_rise_with_each_edit(login, feed):
    coach = login("coach")
    made = coach.post(LOG, json=SESSION).json
    ask = feed("coach", scope="mine", with_text=True)
    first, seen = ask(), []
    for version in range(1, 6):
        body = {"version": version, "duration_min": 60 + version}
        if version == 3:
            body["actions"] = [it | {"due_on": "2025-03-04"} for it in made["actions"]]
        assert coach.patch(f"{LOG}/{made['slug']}", json=body).status_code == 200
        now = ask()
        assert set(now) == set(first)
        seen.append({uid: int(it.sequence.value) for uid, it in now.items()})
    held = f"{made['slug']}@sessions.hwaksan"
    numbers = [it[held] for it in seen]
    assert numbers == sorted(set(numbers)), "each edit has a higher number"
    steps = own(first, "actions")
    assert [{it[uid] for uid in steps} for it in seen] == [{0}, {0}, {1}, {1}, {1}]
    # An action that is given up stays, as cancelled, with a higher number; a done one says so.
    uids = {it["what"]: f"{it['key']}@actions.hwaksan" for it in made["actions"]}
    dropped, done = uids.values()
    for uid, end in ((dropped, "drop"), (done, "done")):
        key = uid.partition("@")[0]
        sent = coach.post(f"/api/v1/actions/{key}/{end}", json={"reason": "까닭"})
        assert sent.status_code == 200
    last = ask()
    assert (last[dropped].status.value, last[dropped].sequence.value) == ("CANCELLED", "2")
    assert last[done].summary.value.startswith("완료")
    assert last[done].dtstart.value.isoformat() == "2025-03-04"


def test_an_invitation_is_a_request_with_its_sequence(login, client, logged):
    slug = logged()
    login("coach").patch(f"{LOG}/{slug}", json={"version": 1, "duration_min": 80})
    answer = client.get(f"/coaching/{slug}/invitation.ics?lang=en")
    it = events(answer.data)[f"{slug}@sessions.hwaksan"]
    assert vobject.readOne(answer.text).method.value == "REQUEST"
    assert it.sequence.value == "1"
    assert "Seongdong" in it.organizer.params["CN"][0]
    assert SECRET_QUESTION not in answer.text
    assert client.get("/coaching/boryeong-living-lab/invitation.ics").status_code in (200, 404)


def test_an_address_is_secret_and_revocable_and_ends_with_its_account(app, login, client, feed):
    ask = feed("coach", scope="mine")
    with app.app_context():
        kept = db.session.scalars(select(CalendarAddress)).one()
        assert ask.path.split("/")[-1].removesuffix(".ics") not in str(vars(kept))
    assert ask.key in [it["key"] for it in login("coach").get(ADDRESSES).json["items"]]
    assert "address" not in str(login("coach").get(ADDRESSES).json["items"][0]["address"] or "")
    assert login("consultant").post(f"{ADDRESSES}/{ask.key}/revoke").status_code == 404
    assert client.get(ask.path).status_code == 200
    with app.app_context():
        who = db.session.scalars(select(User).where(User.email == "coach@example.org")).one()
        who.enabled = False
        db.session.commit()
        assert client.get(ask.path).status_code == 404
        who.enabled = True
        db.session.commit()
    assert login("coach").post(f"{ADDRESSES}/{ask.key}/revoke").status_code == 200
    assert client.get(ask.path).status_code == 404
    for wrong in ("x", "%00", "가", "a" * 5000):
        assert client.get(f"/calendar/feeds/{wrong}.ics").status_code == 404


def test_what_an_address_needs_is_asked_for(login):
    coach = login("coach")
    for sent, field in (
        ({}, "scope"),
        ({"scope": "site"}, "site"),
        ({"scope": "mine", "host": "seongdong"}, "host"),
        ({"scope": "moon"}, "scope"),
    ):
        refused = coach.post(ADDRESSES, json=sent)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    page = coach.post("/account/calendar", data={"scope": "host", "with_text": "true"})
    assert page.status_code == 422
    assert "어느 곳인지 고르세요" in page.text
    made = coach.post("/account/calendar", data={"scope": "mine"})
    assert made.text.count("/calendar/feeds/") == 1


def test_the_calendar_shows_days_with_holidays_sessions_and_readable_actions(login, client, logged):
    slug = logged()
    month = client.get("/api/v1/calendar?on=2025-03-10").json
    assert (month["begin"], month["end"]) == ("2025-02-24", "2025-04-06")
    days = {it["on"]: it for it in month["days"]}
    assert days["2025-03-01"]["feast"] == "삼일절"
    assert not days["2025-03-03"]["is_workday"], "a substitute holiday"
    assert not any(it["actions"] for it in month["days"])
    own_month = login("municipality").get("/api/v1/calendar?on=2025-03-10").json
    due = [it["on"] for it in own_month["days"] if it["actions"]]
    assert due == ["2025-03-04"], "due on a Saturday before a substitute holiday"
    week = client.get("/api/v1/calendar?span=week&on=2025-02-12&site=sokcho-2023").json
    assert [it["sessions"] for it in week["days"]] == [[slug], [], [], [], [], [], []]
    for on, status in (("0001-01-01", 200), ("9999-12-31", 200), ("2025-02-30", 422)):
        for span in ("month", "week"):
            assert client.get(f"/calendar?on={on}&span={span}").status_code == status


def test_open_alerts_of_ones_organisation_are_days_until_they_are_mended(
    app, login, feed, registered, reporting
):
    ask = feed("municipality", scope="mine")
    alerts = own(ask(), "alerts")
    open_ones = [
        it
        for it in login("municipality").get("/api/v1/alerts?state=open&per_page=200").json["items"]
        if it["site"] == "sokcho-2023"
    ]
    assert set(alerts) == {f"{it['key']}@alerts.hwaksan" for it in open_ones if it["since"]}
    silent = alerts["silent_site:sokcho-2023@alerts.hwaksan"]
    since = next(it["since"] for it in open_ones if it["rule"] == "silent_site")
    assert silent.dtstart.value.isoformat() == since
    assert silent.url.value.endswith("/alerts/silent_site:sokcho-2023")
    assert own(feed("consultant", scope="site", site="sokcho-2023")(), "alerts") == {}
    # A warranty stands on the day it ends, the day to act by.
    ends = today() + timedelta(days=30)
    registered(asset_number="견본-9", warranty_until=ends.isoformat())
    [warranty] = [it for uid, it in own(ask(), "alerts").items() if "warranty" in uid]
    assert warranty.dtstart.value == ends
    # Put off or mended, it is told no more.
    body = {"step": "acknowledged", "reason": "표본"}
    done = login("municipality").post("/api/v1/alerts/silent_site:sokcho-2023/steps", json=body)
    assert done.status_code in (200, 201)
    assert "silent_site:sokcho-2023@alerts.hwaksan" not in ask()
