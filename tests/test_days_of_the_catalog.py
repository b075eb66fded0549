"""Two dates on the pages that had none: solutions, compare, select, calendar and persons."""

from __future__ import annotations

from datetime import timedelta

from common.facts import today
from tests.doors import WISH
from tests.samples import PLAN, PLAN_TERMS, SESSION

BEFORE, AFTER = "2023-04-12", "2025-12-31"  # Sokcho was selected on 2023-04-13
SLUG = "smart-pole"


def test_a_solution_tells_its_deployments_as_of_a_day_on_page_and_api(client):
    then, now = (client.get(f"/api/v1/solutions/{SLUG}?as_of={it}").json for it in (BEFORE, AFTER))
    assert then["sites"] == []
    assert "sokcho-2023" in now["sites"]
    assert then["evidence_count"] == now["evidence_count"], "the catalog dates none of it"
    pages = {it: client.get(f"/solutions/{SLUG}?as_of={it}").text for it in (BEFORE, AFTER)}
    for day, told in ((BEFORE, then), (AFTER, now)):
        assert ('href="/sites/sokcho-2023' in pages[day]) == ("sokcho-2023" in told["sites"])
        assert f'value="{day}"' in pages[day], "the bar says which day"
        assert "날짜가 기록되지 않아" in pages[day]
    unknown = client.get(f"/api/v1/solutions/{SLUG}?as_of={AFTER}&known_on={BEFORE}").json
    assert unknown["actuals"] == [] or all(it["real"]["n"] == 0 for it in unknown["actuals"])
    rows = {
        day: client.get(f"/api/v1/solutions?deployed=true&as_of={day}").json["total"]
        for day in (BEFORE, AFTER)
    }
    assert rows[BEFORE] == 0 < rows[AFTER]
    assert client.get(f"/solutions/{SLUG}?as_of=2025-02-30").status_code == 422


def test_compare_and_select_take_the_two_dates(client):
    asked = f"slug={SLUG}&slug=smart-crosswalk"
    told = {
        day: client.get(f"/api/v1/solutions/compare?{asked}&as_of={day}").json
        for day in (BEFORE, AFTER)
    }
    assert told[BEFORE] != told[AFTER]
    page = client.get(f"/solutions/compare?{asked}&as_of={BEFORE}")
    assert page.status_code == 200
    assert f'name="as_of" value="{BEFORE}"' in page.text, "the form keeps the day"
    assert client.get(f"/solutions/select?as_of={BEFORE}").status_code == 200
    peers = {
        day: str(client.get(f"/api/v1/solutions/select{WISH}&as_of={day}").json)
        for day in (BEFORE, AFTER)
    }
    assert peers[BEFORE] != peers[AFTER], "who did it, as of the day"
    assert client.get(f"/solutions/select{WISH}&as_of={BEFORE}").status_code == 200
    memo = client.get(f"/solutions/select/memo{WISH}&as_of={AFTER}")
    assert memo.status_code == 200
    assert client.get(f"/api/v1/solutions/select{WISH}&known_on=x").status_code == 422


def test_the_calendar_shows_what_was_planned_then(login, client, logged):
    slug, coach = logged(), login("coach")
    asked = {"on": "2025-02-10", "span": "week"}
    for day, sessions in (("2025-02-09", []), ("2025-02-10", [slug])):
        told = client.get("/api/v1/calendar", query_string=asked | {"as_of": day}).json
        assert told["days"][0]["sessions"] == sessions
        page = client.get("/calendar", query_string=asked | {"as_of": day}).text
        assert (f"/coaching/{slug}" in page) == bool(sessions)
    yesterday = (today() - timedelta(days=1)).isoformat()
    unknown = client.get("/api/v1/calendar", query_string=asked | {"known_on": yesterday}).json
    assert unknown["days"][0]["sessions"] == []
    plan = coach.post("/api/v1/planned-sessions", json=PLAN).json["slug"]
    for when, planned in (({}, [plan]), ({"as_of": yesterday}, []), ({"known_on": yesterday}, [])):
        week = {"on": PLAN_TERMS["planned_on"], "span": "week"} | when
        days = client.get("/api/v1/calendar", query_string=week).json["days"]
        assert [it for day in days for it in day["planned"]] == planned, when


def test_persons_are_those_of_sessions_held_and_known_by_then(login):
    coach = login("coach")
    person = {"name": "견본 사람", "role": "site", "organisation": "견본", "contact": "견본"}
    made = coach.post("/api/v1/coaching", json=SESSION | {"persons": [person]})
    assert made.status_code == 201, made.text
    counts = {
        str(when): coach.get("/api/v1/persons", query_string=when).json["total"]
        for when in ({}, {"as_of": "2025-02-10"}, {"as_of": "2025-02-09"}, {"known_on": AFTER})
    }
    assert list(counts.values()) == [1, 1, 0, 0]
    assert "견본 사람" in coach.get("/persons?as_of=2025-02-10").text
    assert "견본 사람" not in coach.get("/persons.csv?as_of=2025-02-09").text
