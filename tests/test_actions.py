"""Actions: owed by sites and coaches, due on working days, done or dropped, told of when late."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from common.db import db
from common.facts import today
from tests.crowd import make_crowd
from tests.samples import SECRET_STEP, SESSION, as_form
from tracker.coaching.actions import Action
from tracker.coaching.workdays import after

LOG, ACTIONS = "/api/v1/coaching", "/api/v1/actions"
STEP = {"what": "표본", "owner": "sokcho"}


def listed(person, **asked):
    return person.get(ACTIONS, query_string=asked).json["items"]


def test_working_days_become_the_day_and_a_holiday_the_next_working_day(login):
    steps = [STEP | {"due_in": 2}, STEP | {"what": "b", "due_on": "2025-10-05"}]
    made = login("coach").post(LOG, json=SESSION | {"held_on": "2025-09-30", "actions": steps})
    assert [it["due_on"] for it in made.json["actions"]] == ["2025-10-02", "2025-10-05"]
    told = listed(login("municipality"))
    assert [(it["due_on"], it["works_on"]) for it in told] == [
        ("2025-10-02", "2025-10-02"),
        ("2025-10-05", "2025-10-10"),  # 추석
    ]
    page = login("municipality").get("/actions").text
    assert "다음 근무일 2025-10-10" in page
    assert page.count("미완료") >= 2


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"due_on": "2025-02-09"}, "due_on"),
        ({"due_on": "2025-03-01", "due_in": 3}, "due_in"),
        ({"due_in": 0}, "due_in"),
        ({"due_in": 501}, "due_in"),
        ({"due_on": "9999-12-31"}, "due_on"),
        ({"dropped_on": "2025-03-01"}, "drop_reason"),
        ({"drop_reason": "까닭"}, "dropped_on"),
        ({"done_on": "2999-01-01"}, "done_on"),
        ({"done_on": "2025-03-01", "dropped_on": "2025-03-01", "drop_reason": "x"}, "dropped_on"),
        ({"owner_role": "가" * 201}, "owner_role"),
        ({"key": "../x"}, "key"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_beside_its_field(login, step, field):
    sent = SESSION | {"actions": [STEP | step]}
    refused = login("coach").post(LOG, json=sent)
    assert refused.status_code == 422
    assert list(refused.json["errors"]["actions"]["0"]) == [field]
    if field == "due_on":  # the form keeps all that was written
        page = login("coach").post("/coaching", data=as_form(sent))
        assert page.status_code == 422
        assert 'value="표본"' in page.text
        assert SESSION["advice"] in page.text


def test_my_actions_are_those_of_my_organisation_and_a_coachs_promise_is_as_visible(login, logged):
    logged()
    assert [it["owner"] for it in listed(login("municipality"))] == ["sokcho"]
    assert [it["owner"] for it in listed(login("coach"))] == ["seongdong"]
    assert [it["owner"] for it in listed(login("municipality"), whose="ours")] == ["seongdong"]
    assert len(listed(login("ministry"), whose="all")) == 2
    for outsider in ("consultant", "operator", "other_municipality"):
        assert listed(login(outsider), whose="all") == []
    assert login("operator").get(f"{ACTIONS}?due=moon").status_code == 422


def test_an_owner_who_is_no_party_sees_its_own_action_only(login, logged):
    logged(actions=[STEP | {"owner": "boryeong"}, STEP | {"what": SECRET_STEP}])
    assert [it["what"] for it in listed(login("other_municipality"), whose="all")] == ["표본"]


def test_files_hold_what_the_list_shows(login, logged):
    logged()
    officer = login("municipality")
    assert officer.get("/actions.json?whose=all").json == listed(officer, whose="all")
    assert SECRET_STEP in officer.get("/actions.csv").data.decode("utf-8-sig")


def test_dropping_needs_a_reason_and_keeps_it(login, logged):
    logged()
    officer = login("municipality")
    key = listed(officer)[0]["key"]
    bare = officer.post(f"/actions/{key}/drop", data={"reason": " "})
    assert bare.status_code == 422
    assert f'id="f-reason-{key}-error"' in bare.text
    done = officer.post(f"{ACTIONS}/{key}/drop", json={"reason": "자리가 없어짐"})
    assert (done.status_code, done.json["state"]) == (200, "dropped")
    assert officer.post(f"{ACTIONS}/{key}/drop", json={"reason": "또"}).status_code == 409
    assert listed(officer) == []
    dropped = listed(officer, state="dropped")[0]
    assert (dropped["drop_reason"], dropped["dropped_on"]) == (
        "자리가 없어짐",
        today().isoformat(),
    )
    assert login("consultant").post(f"{ACTIONS}/{key}/done").status_code == 404


def test_the_list_tells_what_was_open_and_known_then(login, logged):
    slug = logged()
    officer = login("municipality")
    officer.post(f"{LOG}/{slug}/actions/0/done")
    assert listed(officer) == []
    assert [it["state"] for it in listed(officer, as_of="2025-02-20")] == ["open"]
    assert listed(officer, known_on="2025-02-20") == [], "it was not told by then"
    assert [it["state"] for it in listed(officer, state="done", known_on=today())] == ["done"]


def test_an_action_keeps_its_key_and_its_sequence_rises_only_with_its_own_changes(app, login):
    coach = login("coach")
    first = coach.post(LOG, json=SESSION).json
    keys = [it["key"] for it in first["actions"]]
    # Another order, one new step, one that says something else.
    steps = [STEP, first["actions"][1] | {"due_on": "2025-02-21"}, first["actions"][0]]
    second = coach.patch(f"{LOG}/{first['slug']}", json={"version": 1, "actions": steps}).json
    assert [it["key"] for it in second["actions"]][1:] == keys[::-1]
    # A program that knows no keys means a step by its text.
    bare = [{"what": it["what"], "owner": it["owner"]} for it in second["actions"]]
    third = coach.patch(f"{LOG}/{first['slug']}", json={"version": 2, "actions": bare}).json
    assert [it["key"] for it in third["actions"]] == [it["key"] for it in second["actions"]]
    with app.app_context():
        found = {it.key: it.sequence for it in db.session.scalars(select(Action))}
    assert [found[key] for key in keys] == [1, 2]
    # The key of a step elsewhere is not taken over.
    other = coach.post(LOG, json=SESSION | {"actions": [STEP | {"key": keys[0]}]})
    assert other.status_code == 409


def test_a_form_that_empties_a_row_drops_the_step(login):
    coach = login("coach")
    made = coach.post(LOG, json=SESSION).json
    form = as_form(SESSION | {"version": 1, "actions": made["actions"]})
    form |= {name: "" for name in form if name.startswith("actions-1-") and "key" not in name}
    assert coach.post(f"/coaching/{made['slug']}", data=form).status_code == 303
    told = coach.get(f"{LOG}/{made['slug']}").json
    assert [it["key"] for it in told["actions"]] == [made["actions"][0]["key"]]


def test_reminders_name_who_is_late_and_the_ministry_is_told_after_n_working_days(
    app, login, logged
):
    soon = after(today(), 2).isoformat()
    old = {"due_on": "2025-03-04", "owner_role": "표본팀"}
    logged(actions=[STEP | old, STEP | {"what": "곧", "due_on": soon, "owner": "seongdong"}])
    said = app.test_cli_runner().invoke(args=["remind"]).output
    assert "Sokcho-si" in said
    assert "escalated" in said
    assert "표본 (표본팀)" in said
    assert "soon: 곧" in said
    assert "2 actions to be reminded of.\n" in said
    assert "2 mails made" in said
    assert "0 mails made" in app.test_cli_runner().invoke(args=["remind"]).output
    mails = {it["organisation"]: it for it in login("operator").get("/api/v1/outbox").json["items"]}
    assert {it["kind"] for it in mails.values()} == {"reminder"}
    assert mails["sokcho"]["recipients"] == ["municipality@example.org"]
    assert "표본 (표본팀)" in mails["sokcho"]["body"]
    assert "곧" not in mails["sokcho"]["body"].split("표본팀")[0], "what another owes is not told"
    ministry = login("ministry")
    assert "1건" in ministry.get("/dashboard?lang=ko").text
    assert [it["due"] for it in listed(ministry, whose="all", due="escalated")] == ["escalated"]
    assert "국토교통부에 알린 할 일이" not in login("municipality").get("/dashboard").text
    # As of the fifth working day it was late, as of the one before it was overdue only.
    days = {
        day: listed(ministry, whose="all", as_of=day)[0] for day in ("2025-03-10", "2025-03-11")
    }
    assert [(it["due"], it["overdue_days"]) for it in days.values()] == [
        ("overdue", 4),
        ("escalated", 5),
    ]


def test_the_list_asks_the_database_as_often_for_3_rows_as_for_60(app, login, statements):
    person = login("ministry")
    counts = []
    for rows in (3, 60):
        with app.app_context():
            make_crowd(rows)
            db.session.commit()
        for address in ("/actions?whose=all&per_page=200", "/calendar?on=2024-01-01"):
            with statements() as sent:
                assert person.get(address).status_code == 200
            counts.append(len(sent))
    assert counts[:2] == counts[2:]
    assert date(2024, 1, 1).isoformat() in person.get("/calendar?on=2024-01-01").text
