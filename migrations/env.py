"""How migrations run: on the app's own engine, with our column kinds written as plain types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from common.db import Model, UtcTime


def plain(kind: str, thing: Any, _autogen: Any) -> str | Literal[False]:
    """Write a column kind of ours as the plain type it is stored as."""
    if kind == "type" and isinstance(thing, UtcTime):
        return "sa.DateTime(timezone=True)"
    return False


@contextmanager
def unchecked(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, which others that point to it must not notice."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.commit()
    yield
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"After the migration a row of {broken[0]} points to nothing.")


def run() -> None:
    """Run the migrations in one transaction each."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, unchecked(connection):
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_item=plain,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
