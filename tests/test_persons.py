"""Persons: names in one table, for the parties only, each look on record, forgotten in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select, text

from common.db import db
from common.facts import today
from tests.samples import SESSION, as_form
from tests.test_papers import PERSON
from tracker.coaching.log import CoachingSession
from tracker.coaching.persons import PersonRead, SessionPerson

NAME, CONTACT = "아무도모르는이름", "010-9999-0000"
PERSONS = [PERSON | {"name": NAME, "contact": CONTACT}, {"role": "host", "name": "표본 코치"}]
LOG = "/api/v1/coaching"


@pytest.fixture
def named(logged):
    """`named()`: the slug of a session of which persons are on record."""
    return lambda name="coach", **more: logged(name, persons=PERSONS, **more)


def reads(app) -> list[tuple[str, str, int]]:
    with app.app_context():
        rows = db.session.scalars(select(PersonRead).order_by(PersonRead.id))
        return [(it.user.email.partition("@")[0], it.page, it.persons) for it in rows]


def test_names_stand_in_one_table_only_whatever_is_done_to_the_session(app, login, named):
    coach = login("coach")
    body = SESSION | {"persons": PERSONS}
    for _time in range(2):
        coach.post(LOG, json=body, headers={"Idempotency-Key": "once"})
    slug = named()
    coach.patch(f"{LOG}/{slug}", json={"version": 1, "persons": PERSONS[:1]})
    clash = coach.patch(f"{LOG}/{slug}", json={"version": 1, "persons": PERSONS})
    assert clash.status_code == 409
    assert NAME not in clash.text
    with app.app_context():
        holding = []
        for table in inspect(db.engine).get_table_names():
            rows = db.session.execute(text(f'SELECT * FROM "{table}"')).all()
            told = str(rows).replace("\\\\", "\\")  # JSON may be kept with its escapes
            escaped = NAME.encode("unicode_escape").decode()
            holding += [table] if NAME in told or escaped in told else []
    assert holding == ["session_person"]


def test_only_the_parties_and_the_ministry_read_names_and_each_look_is_on_record(
    app, client, login, named
):
    slug = named()
    for name in ("coach", "municipality", "ministry"):
        person = login(name)
        assert [it["name"] for it in person.get("/api/v1/persons").json["items"]] == [
            NAME,
            "표본 코치",
        ]
        assert CONTACT in person.get(f"/persons.csv?session={slug}").data.decode("utf-8-sig")
        for address in (f"/coaching/{slug}", f"{LOG}/{slug}", "/coaching.csv", f"{LOG}.json"):
            assert NAME not in person.get(address).text, "names stand on /persons"
    assert "참석자 이름 2명" in login("municipality").get(f"/coaching/{slug}").text
    for name in ("consultant", "other_municipality"):
        assert login(name).get("/api/v1/persons").json["items"] == []
        assert "이름 2명" not in login(name).get(f"/coaching/{slug}").text
    assert login("operator").get("/persons").status_code == 403
    assert client.get("/persons").status_code == 401
    assert login("coach").get(f"/coaching/{slug}/minutes").status_code == 200
    assert login("coach").get(f"/coaching/{slug}/edit").status_code == 200
    assert login("municipality").get("/sites/sokcho-2023/handover").status_code == 200
    looks = reads(app)
    assert looks == [
        *(
            (name, page, 2)
            for name in ("coach", "municipality", "ministry")
            for page in ("/api/v1/persons", "/persons.csv")
        ),
        ("coach", f"/coaching/{slug}/minutes", 2),
        ("coach", f"/coaching/{slug}/edit", 2),
        ("municipality", "/sites/sokcho-2023/handover", 2),
    ]
    told = login("ministry").get("/api/v1/persons/reads")
    assert told.status_code == 200
    page = login("ministry").get("/persons/reads").text
    assert page.count("/sites/sokcho-2023/handover") == 1
    assert login("municipality").get("/persons/reads").status_code == 403


def test_a_form_gives_and_mends_persons_and_one_without_them_leaves_them(login, named):
    coach, slug = login("coach"), named()
    page = coach.get(f"/coaching/{slug}/edit").text
    assert f'name="persons-0-name" value="{NAME}"' in page
    form = as_form(SESSION | {"version": 1})
    assert coach.post(f"/coaching/{slug}", data=form).status_code == 303

    def names() -> list[str]:
        return [it["name"] for it in coach.get("/api/v1/persons").json["items"]]

    assert names() == [NAME, "표본 코치"]
    row = {"persons-0-name": "새 사람", "persons-0-role": "other", "persons-1-name": ""}
    assert coach.post(f"/coaching/{slug}", data=form | row | {"version": "2"}).status_code == 303
    assert names() == ["새 사람"]
    wrong = {"persons-0-name": "또 한 사람", "persons-0-contact": "x" * 201}
    refused = coach.post(f"/coaching/{slug}", data=form | wrong | {"version": "3"})
    assert refused.status_code == 422
    assert "또 한 사람" in refused.text
    assert 'id="f-persons-0-role-error"' in refused.text
    assert 'id="f-persons-0-contact-error"' in refused.text
    stale = coach.post(f"/coaching/{slug}", data=form | row | {"version": "1"})
    assert stale.status_code == 409
    assert "새 사람" in stale.text, "what was written is still there"
    none = form | {"persons-0-name": "", "version": "3"}
    assert coach.post(f"/coaching/{slug}", data=none).status_code == 303
    assert names() == []


def test_forgetting_removes_names_and_leaves_counts(app, named):
    old = (today() - timedelta(days=400)).isoformat()
    recent = (today() - timedelta(days=10)).isoformat()
    slugs = [named(held_on=day, actions=[]) for day in (old, recent)]
    run = app.test_cli_runner()
    forget = ["persons", "forget", "--older-than"]
    assert run.invoke(args=[*forget, "365", "--check"]).output == "2 persons would be removed.\n"
    assert run.invoke(args=[*forget, "365"]).output == "2 persons were removed.\n"
    assert run.invoke(args=[*forget, "365"]).output == "0 persons were removed.\n"
    assert run.invoke(args=[*forget, "-1"]).exit_code != 0
    with app.app_context():
        assert db.session.scalar(select(func.count(SessionPerson.id))) == 2
        kept = db.session.scalars(select(CoachingSession).where(CoachingSession.slug.in_(slugs)))
        assert [(it.heads_in_person, it.heads_online) for it in kept] == [(4, 1), (4, 1)]
