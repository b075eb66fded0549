"""Health: whether the process is up, and whether it can do its work."""

from __future__ import annotations

from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from common.db import db
from common.permissions import Can, requires

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@requires(Can.READ)
def healthz() -> ResponseReturnValue:
    """The process is up."""
    return jsonify(status="up")


@bp.get("/readyz")
@requires(Can.READ)
def readyz() -> ResponseReturnValue:
    """The database answers and has today's tables; 503 with the reason else."""
    wrong = trouble()
    return jsonify(status="not ready", why=wrong) if wrong else jsonify(status="ready"), (
        503 if wrong else 200
    )


def trouble() -> str | None:
    """What keeps the database from being used; None when nothing does."""
    try:
        db.session.execute(text("SELECT 1"))
        now_at, should_be = revisions()
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the answer is the same
        db.session.rollback()
        return f"it can't be reached ({type(error).__name__}): check DATABASE_URL and the server"
    if now_at != should_be:
        at = now_at or "nothing"
        return f"its tables are at {at}, not at {should_be}: run `flask db upgrade`"
    return None


def revisions() -> tuple[str | None, str | None]:
    """The migration that the database is at, and the newest one there is."""
    config: Any = current_app.extensions["migrate"].migrate.get_config()
    newest = ScriptDirectory.from_config(config).get_current_head()
    return MigrationContext.configure(db.session.connection()).get_current_revision(), newest
