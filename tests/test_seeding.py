"""Seeding: what came with the app is brought up to date, what was changed here stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import KINDS
from catalog.solutions import Solution
from common.db import db
from common.rows import ImportRefused
from common.seeding import Counts, Seeded, seed
from tracker.coaching.log import CoachingSession
from tracker.coaching.revisions import SessionRevision

pytestmark = pytest.mark.both_databases

ROW = {
    "slug": "lamp",
    "name_ko": "등",
    "name_en": "Lamp",
    "kind": "special",
    "service_field": "transport",
    "aliases": ["가", "나"],
    "mark": "verified",
    "source": "etnews-20230205000031",
}


@pytest.fixture
def plant(app):
    """`plant(row)`: what seeding a file with only `row` in it did."""

    def planted(row: dict[str, object]) -> Counts:
        with app.app_context():
            done = seed(KINDS["solutions"], {1: row})
            db.session.commit()
            return done

    return planted


def name_of_lamp(app) -> str | None:
    with app.app_context():
        return db.session.scalar(select(Solution.name_en).where(Solution.slug == "lamp"))


def rename_here(app) -> None:
    with app.app_context():
        lamp = db.session.scalars(select(Solution).where(Solution.slug == "lamp")).one()
        lamp.name_en = "Named here"
        db.session.commit()


def test_a_row_is_loaded_once_and_a_newer_one_changes_it(app, plant):
    assert plant(ROW) == Counts(added=1)
    assert plant(dict(reversed(ROW.items())) | {"aliases": ["나", "가"]}) == Counts()
    assert plant(ROW | {"name_en": "Newer"}) == Counts(changed=1)
    assert name_of_lamp(app) == "Newer"


def test_what_was_changed_here_is_never_seeded_over(app, plant):
    plant(ROW)
    rename_here(app)
    assert plant(ROW) == Counts()
    assert plant(ROW | {"name_en": "Newer"}) == Counts(kept=1)
    assert name_of_lamp(app) == "Named here"


def test_a_thing_that_was_there_before_the_seeds_is_theirs_only_where_it_says_the_same(app, plant):
    plant(ROW)
    with app.app_context():
        db.session.execute(Seeded.__table__.delete().where(Seeded.name == "lamp"))
        db.session.commit()
    assert plant(ROW | {"name_en": "Newer"}) == Counts(kept=1)
    assert plant(ROW) == Counts()
    assert plant(ROW | {"name_en": "Newer"}) == Counts(changed=1)


def test_a_wrong_row_is_refused_and_remembered_as_nothing(app, plant):
    with pytest.raises(ImportRefused):
        plant(ROW | {"kind": "moon"})
    assert plant(ROW) == Counts(added=1)


def test_the_command_says_what_it_left_alone(app, login):
    host = login("coach")
    with app.app_context():
        told = db.session.scalars(select(CoachingSession)).first()
        assert told is not None
        slug = told.slug
        told.change(question="Asked here", recorded_by=told.recorded_by)
        seeded = db.session.scalars(select(Seeded).where(Seeded.name == slug)).one()
        seeded.row = "as if the file said something else now"
        db.session.commit()
    done = app.test_cli_runner().invoke(args=["seed"])
    assert "coaching: 0 added, 0 changed, 1 kept as changed here" in done.output
    assert host.get(f"/api/v1/coaching/{slug}").status_code == 200
    with app.app_context():
        kept = db.session.scalars(select(SessionRevision)).one()
        assert (kept.said["question"], kept.version) == (None, 1)


def test_a_file_that_changes_a_session_keeps_what_it_said_before(app, tmp_path):
    with app.app_context():
        slug = db.session.scalar(select(CoachingSession.slug).limit(1))
    file = tmp_path / "sessions.csv"
    file.write_text(f"slug,advice\n{slug},Mended by a file\n", "utf-8")
    done = app.test_cli_runner().invoke(args=["load", "coaching", str(file)])
    assert done.output == "0 added, 1 changed\n"
    with app.app_context():
        session = db.session.scalars(
            select(CoachingSession).where(CoachingSession.slug == slug)
        ).one()
        assert (session.advice, session.recorded_by, session.version) == (
            "Mended by a file",
            None,
            2,
        )
        assert [it.said["advice"] for it in session.revisions] == [None]
