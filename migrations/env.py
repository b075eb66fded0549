"""How migrations run: on the app's own engine, with our column kinds written as plain types."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from common.db import Model, UtcTime


def plain(kind: str, thing: Any, _autogen: Any) -> str | Literal[False]:
    """Write a column kind of ours as the plain type it is stored as."""
    if kind == "type" and isinstance(thing, UtcTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Run the migrations in one transaction each."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
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
