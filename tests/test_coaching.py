"""The coaching log: logged once, refused with reasons, changed without a loss, closed by steps."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from common.db import db
from common.facts import today
from tests.at_once import at_once
from tests.samples import SECRET_STEP, SESSION, as_form
from tracker.coaching.revisions import SessionRevision

LOG = "/api/v1/coaching"
HOSTILE = "${globalThis.x=1}<img src=x onerror=alert(1)>\"'</script>{{7*7}}"


def test_a_session_logged_by_json_is_told_as_it_was_sent(login, sessions):
    coach, before = login("coach"), sessions()
    answer = coach.post(LOG, json=SESSION)
    assert answer.status_code == 201
    assert answer.location == f"{LOG}/{answer.json['slug']}"
    told = coach.get(answer.location).json
    keys = [step["key"] for step in told["actions"]]
    empty = dict.fromkeys(("done_on", "dropped_on", "drop_reason", "owner_role"))
    steps = [
        empty | step | {"key": key} for step, key in zip(SESSION["actions"], keys, strict=True)
    ]
    assert {name: told[name] for name in SESSION} == SESSION | {"actions": steps}
    assert (told["host"], told["mark"], told["version"]) == ("seongdong", "reported", 1)
    assert sessions() == before + 1


def test_a_session_logged_by_form_is_the_same_session(login):
    coach = login("coach")
    answer = coach.post("/coaching", data=as_form(SESSION))
    assert answer.status_code == 303
    slug = answer.location.rpartition("/")[2]
    by_form, by_json = coach.get(f"{LOG}/{slug}").json, coach.post(LOG, json=SESSION).json
    for told in (by_form, by_json):
        del told["slug"], told["recorded_at"]
        for step in told["actions"]:
            del step["key"]
    assert by_form == by_json


def test_the_least_that_a_host_knows_is_enough(login):
    names = ("kind", "site", "held_on", "duration_min", "mode", "heads_in_person")
    names += ("without_agreement",)  # the consultant has none with this site
    answer = login("consultant").post(LOG, json={name: SESSION[name] for name in names})
    assert answer.status_code == 201
    assert (answer.json["actions"], answer.json["question"]) == ([], None)


REFUSALS = [
    ({"duration_min": 0}, "duration_min"),
    ({"duration_min": -5}, "duration_min"),
    ({"duration_min": 1441}, "duration_min"),
    ({"duration_min": "90.5"}, "duration_min"),
    ({"duration_min": "1.5h"}, "duration_min"),
    ({"duration_min": "9" * 5000}, "duration_min"),
    ({"duration_min": None}, "duration_min"),
    ({"held_on": "2999-01-01"}, "held_on"),
    ({"held_on": "2025-02-30"}, "held_on"),
    ({"held_on": "10.02.2025"}, "held_on"),
    ({"held_on": None}, "held_on"),
    ({"heads_in_person": 0, "heads_online": 0}, "heads_in_person"),
    ({"heads_in_person": None, "heads_online": None}, "heads_in_person"),
    ({"heads_online": 10_001}, "heads_online"),
    ({"site": "atlantis-2023"}, "site"),
    ({"site": None}, "site"),
    ({"solutions": ["smart-crosswalk", "smart-moon"]}, "solutions"),
    ({"kind": "chat"}, "kind"),
    ({"mode": None}, "mode"),
    ({"stage": "dream"}, "stage"),
    ({"question": "x" * 5001}, "question"),
    ({"actions": [{"what": "a", "owner": "sokcho", "due_on": "2025-02-09"}]}, "actions"),
    ({"actions": [{"what": "a", "owner": "atlantis"}]}, "actions"),
    ({"actions": [{"what": "", "owner": "sokcho"}]}, "actions"),
]


@pytest.mark.parametrize(("wrong", "field"), REFUSALS, ids=[str(it[0])[:40] for it in REFUSALS])
@pytest.mark.parametrize("face", ["json", "form"])
def test_what_is_wrong_is_refused_beside_its_field_and_nothing_is_kept(
    login, sessions, wrong, field, face
):
    coach, before, given = login("coach"), sessions(), SESSION | wrong
    if face == "json":
        answer = coach.post(LOG, json=given)
        assert list(answer.json["errors"]) == [field]
        assert len(answer.json["title"]) > 10
    else:
        answer = coach.post("/coaching", data=as_form(given))
        if field != "question":
            assert given["question"] in answer.text, "the form comes back filled in"
    assert answer.status_code == 422
    assert sessions() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_min": 90.5},
        {"duration_min": True},
        {"duration_min": [90]},
        {"question": 7},
        {"question": "\ud800"},
        {"question": "a\u0000b"},
        {"actions": "call back"},
        {"actions": [7]},
        {"actions": [{"what": "\u0000", "owner": "sokcho"}]},
        {"solutions": "smart-pole"},
        {"solutions": ["\u0000"]},
        {"solutions": ["\ud800"]},
        {"solutions": [{"slug": "smart-pole"}]},
        {"site": {"slug": "sokcho-2023"}},
        {"moon": 1},
        {"recorded_by": 1},
        {"mark": "verified"},
        {"slug": "my-own"},
    ],
    ids=str,
)
def test_json_of_the_wrong_kind_is_refused(login, sessions, wrong):
    before = sessions()
    answer = login("coach").post(LOG, json=SESSION | wrong)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(wrong)
    assert sessions() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b"{", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_body_that_is_no_object_is_refused(login, logged, body, method):
    address = LOG if method == "post" else f"{LOG}/{logged()}"
    send = getattr(login("coach"), method)
    answer = send(address, data=body, content_type="application/json")
    assert answer.status_code in (400, 415, 422)
    assert answer.json["status"] == answer.status_code


def test_a_change_is_a_new_version_and_what_it_said_before_is_kept(app, login, logged):
    coach, slug = login("coach"), logged()
    answer = coach.patch(f"{LOG}/{slug}", json={"duration_min": 120, "version": 1})
    assert (answer.status_code, answer.json["version"]) == (200, 2)
    assert (answer.json["duration_min"], answer.json["question"]) == (120, SESSION["question"])
    with app.app_context():
        kept = db.session.scalars(select(SessionRevision)).one()
        assert (kept.version, kept.said["duration_min"]) == (1, 90)
        assert kept.said["actions"][0]["what"] == SECRET_STEP
        assert kept.recorded_by.email == "coach@example.org"


@pytest.mark.parametrize("method", ["post", "patch"])
def test_the_second_of_two_changes_gets_both_versions_and_loses_nothing(app, login, logged, method):
    one, other, slug = login("coach"), login("coach"), logged()
    mine = SESSION | {"advice": "첫째", "version": 1}
    assert one.patch(f"{LOG}/{slug}", json=mine).status_code == 200
    send = getattr(other, method)
    late = send(f"{LOG}/{slug}", json=SESSION | {"advice": "둘째", "version": 1})
    assert late.status_code == 409
    assert late.json["yours"]["advice"] == "둘째"
    assert (late.json["stored"]["advice"], late.json["stored"]["version"]) == ("첫째", 2)
    assert other.get(f"{LOG}/{slug}").json["advice"] == "첫째"
    again = send(f"{LOG}/{slug}", json=SESSION | {"advice": "둘째", "version": 2})
    assert again.json["version"] == 3
    with app.app_context():
        said = [it.said["advice"] for it in db.session.scalars(select(SessionRevision))]
    assert sorted(said) == sorted([SESSION["advice"], "첫째"])


def test_a_late_form_comes_back_with_both_versions(login, logged):
    coach, slug = login("coach"), logged()
    coach.patch(f"{LOG}/{slug}", json={"advice": "먼저 고친 조언", "version": 1})
    late = coach.post(f"/coaching/{slug}", data=as_form(SESSION | {"advice": "나중", "version": 1}))
    assert late.status_code == 409
    assert "먼저 고친 조언" in late.text
    assert "나중" in late.text
    assert 'name="version" value="2"' in late.text


def test_a_change_says_which_version_it_changes(login, logged):
    coach, slug = login("coach"), logged()
    assert coach.patch(f"{LOG}/{slug}", json={"advice": "blind"}).status_code in (409, 422)
    form = as_form(SESSION | {"advice": "blind"})
    assert coach.post(f"/coaching/{slug}", data=form).status_code == 409
    assert coach.get(f"{LOG}/{slug}").json["advice"] == SESSION["advice"]


def test_two_changes_at_the_same_moment_keep_one_and_tell_the_other(app, login, logged):
    slug, people = logged(), [login("coach"), login("coach")]

    def change(person: FlaskClient, advice: str):
        return lambda: person.patch(f"{LOG}/{slug}", json={"advice": advice, "version": 1})

    answers = at_once(change(people[0], "하나"), change(people[1], "둘"))
    assert sorted(it.status_code for it in answers) == [200, 409]
    kept = next(it.json["advice"] for it in answers if it.status_code == 200)
    assert people[0].get(f"{LOG}/{slug}").json["advice"] == kept
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SessionRevision)) == 1


def test_a_session_may_not_end_up_in_the_future_by_a_change(login, logged):
    change = {"held_on": "2999-01-01", "version": 1, "actions": []}
    assert login("coach").patch(f"{LOG}/{logged()}", json=change).status_code == 422


def test_a_step_is_closed_by_its_owner_or_the_host_once_for_all(login, logged, client):
    slug = logged()
    done = login("municipality").post(f"{LOG}/{slug}/actions/0/done")
    assert done.status_code == 200
    assert done.json["actions"][0]["done_on"] == today().isoformat()
    assert client.get(f"{LOG}/{slug}").json["open_actions"] == 1
    assert client.get("/api/v1/dashboard").json["open_actions"] == 1
    again = login("coach").post(f"{LOG}/{slug}/actions/0/done")
    assert again.json["actions"][0]["done_on"] == today().isoformat()
    assert login("municipality").post(f"{LOG}/{slug}/actions/1/done").status_code == 403
    assert login("coach").post(f"{LOG}/{slug}/actions/7/done").status_code == 404


def test_a_step_that_was_closed_meanwhile_is_not_opened_by_an_older_form(login, logged):
    slug = logged()
    login("municipality").post(f"{LOG}/{slug}/actions/0/done")
    late = login("coach").patch(f"{LOG}/{slug}", json=SESSION | {"version": 1})
    assert late.status_code == 409
    told = login("coach").get(f"{LOG}/{slug}").json
    assert told["actions"][0]["done_on"] == today().isoformat()


@pytest.mark.parametrize("field", ["question", "advice", "summary_ko", "summary_en"])
@pytest.mark.parametrize("text", [HOSTILE, "=1+1", "줄\r\n바꿈\n"])
def test_hostile_text_stays_text(login, logged, field, text):
    slug, coach = logged(**{field: text}), login("coach")
    assert coach.get(f"{LOG}/{slug}").json[field] == text.replace("\r\n", "\n").strip()
    for address in (
        f"/coaching/{slug}",
        f"/coaching/{slug}/edit",
        "/coaching",
        "/sites/sokcho-2023",
    ):
        page = coach.get(address)
        assert page.status_code == 200
        assert "<img src=x" not in page.text
        assert "49" not in page.text.partition("globalThis")[2][:80]
    assert "=1+1" not in coach.get("/coaching.csv").text.split(",")
