"""Receipts: what comes again with its key takes effect once, by form and by JSON."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from common.db import db
from common.receipts import Receipt
from tests.at_once import at_once
from tests.samples import SESSION, as_form

LOG = "/api/v1/coaching"
KEY = {"Idempotency-Key": "one and the same"}


@pytest.mark.parametrize("face", ["json", "form"])
def test_sent_twice_with_the_same_key_it_exists_once(login, sessions, face):
    coach, before = login("coach"), sessions()
    sent = {"json": SESSION} if face == "json" else {"data": as_form(SESSION)}
    address = LOG if face == "json" else "/coaching"
    first, second = (coach.post(address, headers=KEY, **sent) for _time in range(2))
    assert sessions() == before + 1
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert first.data == second.data


def test_the_key_of_the_form_itself_counts_as_well(login, sessions):
    coach, before = login("coach"), sessions()
    form = as_form(SESSION) | {"idempotency_key": "from the page"}
    assert (
        coach.post("/coaching", data=form).location == coach.post("/coaching", data=form).location
    )
    assert sessions() == before + 1


def test_a_form_opened_again_with_an_empty_row_more_or_less_is_the_same_form(login, sessions):
    coach, before = login("coach"), sessions()
    form = as_form(SESSION) | {"idempotency_key": "from the page"}
    asked = form | {"moved-0-action": "", "moved-0-to": ""}
    assert (
        coach.post("/coaching", data=asked).location == coach.post("/coaching", data=form).location
    )
    emptied = coach.post("/coaching", data=form | {"question": ""})
    assert (emptied.status_code, sessions()) == (422, before + 1)


def test_the_same_key_for_another_session_is_refused(login, sessions):
    coach = login("coach")
    coach.post(LOG, json=SESSION, headers=KEY)
    before = sessions()
    answer = coach.post(LOG, json=SESSION | {"duration_min": 91}, headers=KEY)
    assert answer.status_code == 422
    assert sessions() == before


def test_the_same_key_of_another_person_is_another_key(login, sessions):
    before = sessions()
    for name in ("coach", "consultant"):
        assert login(name).post(LOG, json=SESSION, headers=KEY).status_code == 201
    assert sessions() == before + 2


def test_a_refused_session_does_not_use_up_its_key(login):
    coach = login("coach")
    assert coach.post(LOG, json=SESSION | {"duration_min": 0}, headers=KEY).status_code == 422
    assert coach.post(LOG, json=SESSION, headers=KEY).status_code == 201


def test_without_a_key_twice_is_two_sessions(login, sessions):
    coach, before = login("coach"), sessions()
    slugs = {coach.post(LOG, json=SESSION).json["slug"] for _time in range(2)}
    assert (len(slugs), sessions()) == (2, before + 2)


def test_four_at_once_with_the_same_key_make_one_session(app, login, sessions):
    coaches, before = [login("coach") for _person in range(4)], sessions()
    answers = at_once(*(lambda it=it: it.post(LOG, json=SESSION, headers=KEY) for it in coaches))
    assert [it.status_code for it in answers] == [201] * 4
    assert len({it.json["slug"] for it in answers}) == 1
    assert sessions() == before + 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Receipt)) == 1


@pytest.mark.parametrize("key", ["x" * 201, "\u00e9" * 200])
def test_a_key_is_short_or_refused(login, key):
    status = login("coach").post(LOG, json=SESSION, headers={"Idempotency-Key": key}).status_code
    assert status == (422 if len(key) > 200 else 201)


def test_a_change_sent_twice_with_the_same_key_is_made_once(login, logged):
    coach, slug = login("coach"), logged()
    sent = {"json": {"advice": "한 번", "version": 1}, "headers": KEY}
    first, second = (coach.post(f"{LOG}/{slug}", **sent) for _time in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json["version"] == 2
