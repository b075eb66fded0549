"""Bad luck: a database that is away, locked, full or old, and settings that may not be."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from accounts.users import User
from app import create_app, database_url
from common.db import db
from common.health import trouble
from common.logs import OneLine
from tests.conftest import KEY
from tests.samples import SESSION
from tracker.coaching.log import CoachingSession

pytestmark = pytest.mark.both_databases

NEEDED = ["organisations", "sources", "problems", "solutions", "municipalities", "rounds", "sites"]


def make_app(folder, **settings):
    """An app of its own, with its instance in `folder`."""
    given = {"SECRET_KEY": KEY, "INSTANCE_DIR": str(folder)}
    url = {"SQLALCHEMY_DATABASE_URI": database_url(None, folder)}
    return create_app(given | url | settings)


def sessions(app) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(CoachingSession)) or 0


@pytest.fixture
def away(tmp_path):
    """An app whose database is not there."""
    url = database_url("postgresql://nobody@127.0.0.1:1/nothing", tmp_path)
    app = make_app(tmp_path, SQLALCHEMY_DATABASE_URI=url)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(
    "path",
    ["/", "/solutions", "/sites/sokcho-2023", "/coaching", "/map", "/dashboard", "/search?q=a"],
)
def test_without_a_database_every_page_is_one_clear_page(away, lang, path):
    client = away.test_client()
    client.set_cookie("lang", lang)
    answer = client.get(path)
    assert answer.status_code == 503
    assert f'<html lang="{lang}"' in answer.text
    assert "127.0.0.1" not in answer.text
    assert "psycopg" not in answer.text


@pytest.mark.parametrize(
    "path", ["/sites", "/coaching.csv", "/openapi.json", "/solutions/smart-pole"]
)
def test_without_a_database_the_api_says_so_in_its_usual_shape(away, path):
    answer = away.test_client().get(f"/api/v1{path}")
    if path != "/openapi.json":  # which asks nothing of the database
        assert (answer.status_code, answer.json["status"]) == (503, 503)
        assert "127.0.0.1" not in answer.text


def test_without_a_database_nobody_signs_in_and_nobody_is_thrown_out(away):
    client = away.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "somebody"
    assert client.get("/account").status_code == 503
    assert client.post("/login", data={"email": "a@b.cd", "password": "x"}).status_code == 503
    assert client.get("/sites", headers={"Authorization": "Bearer x"}).status_code == 503
    with client.session_transaction() as session:
        assert session["_user_id"] == "somebody"


def test_the_process_is_up_although_it_is_not_ready(away):
    client = away.test_client()
    assert client.get("/healthz").json == {"status": "up"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert "127.0.0.1" not in answer.text


def test_ready_means_reachable_and_of_todays_tables(app, client):
    assert client.get("/readyz").json == {"status": "ready"}
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "db upgrade" in answer.json["why"]


def test_a_database_without_tables_is_not_ready_and_answers_503(tmp_path):
    app = make_app(tmp_path)
    client = app.test_client()
    assert client.get("/readyz").status_code == 503
    assert client.get("/api/v1/sites").status_code == 503
    with app.app_context():
        db.engine.dispose()


def test_while_another_holds_the_lock_reading_goes_on_and_writing_says_503(
    app, house, login, client, monkeypatch
):
    monkeypatch.setattr("common.db.PATIENCE_MS", 500)
    house.slate.engine.dispose()
    coach, before = login("coach"), sessions(app)
    url = house.slate.engine.url
    if url.drivername == "sqlite":
        other = sqlite3.connect(url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        other = psycopg.connect(address)
        other.execute("LOCK TABLE coaching_session IN SHARE ROW EXCLUSIVE MODE")
    with closing(other):
        refused = coach.post("/api/v1/coaching", json=SESSION)
        assert (refused.status_code, refused.json["status"]) == (503, 503)
        assert client.get("/api/v1/coaching").status_code == 200
    assert sessions(app) == before
    assert coach.post("/api/v1/coaching", json=SESSION).status_code == 201


def test_a_commit_that_fails_leaves_nothing_half_written(app, login, house):
    def fail(_connection):
        raise OperationalError("COMMIT", {}, OSError("disk I/O error"))

    coach, before = login("coach"), sessions(app)
    key = {"Idempotency-Key": "again"}
    event.listen(house.slate.engine, "commit", fail)
    try:
        refused = coach.post("/api/v1/coaching", json=SESSION, headers=key)
    finally:
        event.remove(house.slate.engine, "commit", fail)
    assert refused.status_code == 503
    assert sessions(app) == before
    assert coach.post("/api/v1/coaching", json=SESSION, headers=key).status_code == 201
    assert sessions(app) == before + 1


@pytest.fixture
def small(tmp_path):
    """An app on a small SQLite database of its own, with a coach's client."""
    app = make_app(tmp_path)
    run = app.test_cli_runner()
    for arguments in (["db", "upgrade"], *(["load", it, f"seeds/{it}.yaml"] for it in NEEDED)):
        done = run.invoke(args=arguments)
        assert done.exit_code == 0, done.output
    done = run.invoke(
        args=["user", "add", "c@example.org", "--role", "coach", "--organisation", "seongdong"],
        input=f"{KEY}\n{KEY}\n",
    )
    assert done.exit_code == 0, done.output
    coach = app.test_client()
    with app.app_context(), coach.session_transaction() as session:
        session["_user_id"] = db.session.scalars(select(User.fs_uniquifier)).one()
    yield app, coach
    with app.app_context():
        db.engine.dispose()


def test_on_a_full_disk_nothing_is_saved_and_reading_goes_on(small):
    app, coach = small

    def full(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with app.app_context():
        engine = db.engine
    engine.dispose()
    event.listen(engine, "connect", full)
    refused = [coach.post("/api/v1/coaching", json=SESSION | {"advice": "x" * 5000}) for _n in "ab"]
    assert refused[-1].status_code == 503
    page = coach.post("/coaching", data=SESSION | {"advice": "x" * 5000, "actions": []})
    assert page.status_code == 503
    kept = sum(it.status_code == 201 for it in refused)
    assert sessions(app) == kept
    assert coach.get("/api/v1/coaching").json["total"] == kept
    event.remove(engine, "connect", full)
    engine.dispose()
    assert coach.post("/api/v1/coaching", json=SESSION).status_code == 201


def test_sqlite_keeps_its_manners(small):
    app, _coach = small
    with app.app_context():
        found = {
            name: db.session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "journal_mode", "busy_timeout")
        }
    assert found == {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 5000}


@pytest.mark.parametrize("key", [None, "", "short"])
def test_it_does_not_start_without_a_secret_key(tmp_path, key):
    with pytest.raises(RuntimeError, match="SECRET_KEY"):
        make_app(tmp_path, SECRET_KEY=key)


def test_in_demo_mode_it_makes_a_key_that_only_its_owner_reads(tmp_path, monkeypatch):
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    keys = {create_app().config["SECRET_KEY"] for _time in range(2)}
    assert len(keys) == 1
    assert (tmp_path / "demo-secret-key").stat().st_mode & 0o077 == 0


def test_demo_accounts_are_made_in_demo_mode_only_and_end_with_it(small, monkeypatch):
    app, _coach = small
    run = app.test_cli_runner()
    refused = run.invoke(args=["demo"])
    assert refused.exit_code == 1
    assert "DEMO=1" in refused.output
    monkeypatch.setenv("DEMO_PASSWORD", "a password to try it out")
    app.config["DEMO"] = True
    assert run.invoke(args=["demo"]).exit_code == 0
    form = {"email": "ministry@example.org", "password": "a password to try it out"}
    assert app.test_client().post("/login", data=form).status_code == 302
    app.config["DEMO"] = False
    visitor = app.test_client()
    visitor.post("/login", data=form)
    assert visitor.get("/api/v1/account").status_code == 401


def test_demo_mode_does_not_serve_the_network(small, monkeypatch):
    app, _coach = small
    app.config["DEMO"] = True
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - what is refused here
    refused = app.test_cli_runner().invoke(args=["prepare"])
    assert refused.exit_code == 1
    assert "this machine only" in refused.output


def test_the_doctor_finds_a_sound_app_sound(app):
    done = app.test_cli_runner().invoke(args=["doctor"])
    lines = dict(line.split(maxsplit=1)[::-1] for line in done.output.splitlines())
    for name in ("secret key", "demo mode", "database", "disk", "instance folder"):
        assert lines[name] == "ok"


def test_the_doctor_says_what_to_do(tmp_path):
    app = make_app(tmp_path, SECRET_KEY="long enough, not good")
    done = app.test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 1
    mend = [line for line in done.output.splitlines() if line.startswith("MEND")]
    assert any("SECRET_KEY" in line for line in mend)
    assert any("flask db upgrade" in line for line in mend)
    with app.app_context():
        db.engine.dispose()


def test_the_address_of_a_database_is_taken_in_every_usual_spelling(tmp_path):
    for given in ("postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"):
        assert database_url(given, tmp_path) == "postgresql+psycopg://u@h/d"
    assert database_url(None, tmp_path) == f"sqlite:///{tmp_path / 'hwaksan.db'}"


def test_a_line_of_the_log_is_a_line_whatever_a_user_typed():
    typed = "a\nERROR forged\r\x1b[31m\x85\u2028end"
    record = logging.LogRecord("app", logging.ERROR, "", 1, "said %s", (typed,), None)
    written = OneLine("%(levelname)s %(message)s").format(record)
    assert not [line for line in written.splitlines()[1:] if not line.startswith("  ")]
    assert "\x1b" not in written


def test_an_older_database_is_brought_to_todays_tables_with_all_that_it_holds(tmp_path):
    app = make_app(tmp_path)
    run = app.test_cli_runner()

    def say(*arguments: str) -> str:
        done = run.invoke(args=list(arguments))
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    say("db", "upgrade")
    say("seed")
    before = [say("dump", kind) for kind in ("sites", "deployments", "quantities", "coaching")]
    say("db", "downgrade", "0001")
    say("db", "upgrade")
    assert [
        say("dump", kind) for kind in ("sites", "deployments", "quantities", "coaching")
    ] == before
    with app.app_context():
        assert trouble() is None
        db.engine.dispose()
