"""The way of an outcome to the public: who may take which step, and who sees what meanwhile."""

from __future__ import annotations

import pytest

from tests.reporting import AFTER, BEFORE, HERE, found
from tests.rights import PEOPLE

EVERYBODY = ("public", *PEOPLE)
INSIDERS = {"municipality", "ministry"}
SECRET = "아무도 모르는 방법"


@pytest.fixture
def person(client, login):
    return lambda name: client if name == "public" else login(name)


@pytest.fixture
def in_state(report, decide, login):
    """`in_state("returned")`: the key of an outcome that is so far."""

    def made(state):
        draft = report(AFTER | {"submit": state != "draft", "note_ko": SECRET}).json["key"]
        if state in ("returned", "approved"):
            assert decide(draft, state, "다시 세어 주십시오").status_code == 200
        return draft

    return made


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "approved"])
def test_only_site_and_ministry_see_what_is_not_approved(person, in_state, state):
    key = in_state(state)
    for name in EVERYBODY:
        sees = state == "approved" or name in INSIDERS
        who = person(name)
        for face in ("", "/api/v1"):
            assert who.get(f"{face}/outcomes/{key}").status_code == (200 if sees else 404), name
        for address in ("/outcomes", "/outcomes.json", "/outcomes.csv", "/sites/sokcho-2023"):
            assert (SECRET in who.get(address).text) <= sees, name
        listed = [it["key"] for it in found(who)]
        assert listed == ([key] if sees else []), name
        assert [it["key"] for it in found(who, state=state)] == listed, name


MAY = {
    ("draft", "submission"): "municipality",
    ("returned", "submission"): "municipality",
    ("submitted", "approved"): "ministry",
    ("submitted", "returned"): "ministry",
}


def take(who, key, step):
    if step == "submission":
        return who.post(f"/api/v1/outcomes/{key}/submission", json={})
    body = {"state": step, "comment": "까닭"}
    return who.post(f"/api/v1/outcomes/{key}/decision", json=body)


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "approved"])
@pytest.mark.parametrize("step", ["submission", "approved", "returned"])
def test_every_step_is_for_whom_the_table_says(person, in_state, state, step):
    key, may = in_state(state), MAY.get((state, step))
    roles = {"municipality", "other_municipality"} if step == "submission" else {"ministry"}
    for name in EVERYBODY:
        if name == may:
            continue
        status = take(person(name), key, step).status_code
        wanted = 409 if name in roles else 403
        if name == "other_municipality" and step == "submission":
            wanted = 403 if state == "approved" else 404  # it is not even told that there is one
        assert status == (401 if name == "public" else wanted), name
    if may:
        answer = take(person(may), key, step)
        assert answer.status_code == 200, answer.text
        assert answer.json["state"] == ("submitted" if step == "submission" else step)


def test_only_the_sites_own_officer_reports(person):
    for name in EVERYBODY:
        status = person(name).post(HERE, json=AFTER).status_code
        form = person(name).get(HERE.removeprefix("/api/v1") + "/new").status_code
        wanted = {"public": 401, "municipality": 201}.get(name, 403)
        assert (status, form) == (wanted, 200 if wanted == 201 else wanted), name


def test_a_return_says_why(decide, in_state):
    answer = decide(in_state("submitted"), "returned")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["comment"])


@pytest.mark.parametrize("state", ["draft", "submitted", "moon", None])
def test_only_two_decisions_are_decisions(login, in_state, state):
    key = in_state("submitted")
    answer = login("ministry").post(f"/api/v1/outcomes/{key}/decision", json={"state": state})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["state"])


def test_each_step_stays_on_record_with_organisation_and_words(login, in_state):
    key = in_state("returned")
    page = login("municipality").get(f"/outcomes/{key}?lang=en").text
    assert "Its way so far" in page
    assert "다시 세어 주십시오" in page


def test_buttons_are_for_those_who_may_press_them(person, in_state):
    submitted, draft = in_state("submitted"), in_state("draft")
    for name in INSIDERS:
        pages = [person(name).get(f"/outcomes/{key}?lang=en").text for key in (submitted, draft)]
        assert ("Approve it" in pages[0]) == (name == "ministry")
        assert ("Submit to the ministry" in pages[1]) == (name == "municipality")
        assert "Approve it" not in pages[1]


def test_the_form_of_the_decision_works_without_script(login, in_state, client):
    key = in_state("submitted")
    answer = login("ministry").post(f"/outcomes/{key}/decision", data={"state": "approved"})
    assert answer.status_code == 303
    assert client.get(f"/outcomes/{key}").status_code == 200


def test_a_correction_replaces_what_it_corrects_only_once_it_is_approved(
    approved,
    report,
    decide,
    client,
    login,
):
    approved(BEFORE)
    old = approved(AFTER)
    new = report(AFTER | {"numerator": 8, "corrects": old}).json["key"]
    assert [it["numerator"] for it in found(client, kind="measurement")] == [9]
    assert {it["key"] for it in found(login("ministry"), kind="measurement")} == {old, new}
    assert decide(new).status_code == 200
    assert [it["key"] for it in found(client, kind="measurement")] == [new]
    assert client.get(f"/api/v1/outcomes/{new}").json["corrects"] == old
    assert client.get(f"/api/v1/outcomes/{old}").status_code == 200, "what stood is kept"
    results = client.get("/api/v1/solutions/smart-crosswalk").json["local_results"]
    assert [it["after"] for it in results] == [8]


def test_what_was_returned_is_mended_by_a_new_version(report, decide, login):
    old = report(AFTER).json["key"]
    decide(old, "returned", "다시 세어 주십시오")
    new = report(AFTER | {"numerator": 8, "corrects": old}).json["key"]
    officer = login("municipality")
    assert [it["key"] for it in found(officer)] == [new]
    assert officer.post(f"/api/v1/outcomes/{old}/submission", json={}).status_code == 409
    again = report(AFTER | {"numerator": 7, "corrects": old})
    assert list(again.json["errors"]) == ["corrects"]


def test_a_correction_is_of_its_like(report, login):
    old = report(BEFORE).json["key"]
    assert list(report(AFTER | {"corrects": old}).json["errors"]) == ["corrects"]
    page = login("municipality").get(
        f"/deployments/sokcho-2023-smart-crosswalk/outcomes/new?corrects={old}"
    )
    assert 'value="19"' in page.text


@pytest.mark.parametrize("face", ["", "/api/v1"])
def test_sent_twice_it_exists_once(login, face):
    officer, key = login("municipality"), {"Idempotency-Key": "one"}
    sent = {"json": AFTER} if face else {"data": AFTER}
    address = HERE if face else HERE.removeprefix("/api/v1")
    first, second = (officer.post(address, headers=key, **sent) for _time in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert len(found(officer)) == 1
