"""The database: one `db`, the base of all tables, and the kinds of column they are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

from common.sessions import CalmSession

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets time zones, so they are put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """The moment as UTC. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """The stored moment, marked as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


Slug = Annotated[str, mapped_column(sa.String(80), unique=True)]
Name = Annotated[str, mapped_column(sa.String(200))]
Line = Annotated[str, mapped_column(sa.String(500))]
Text = Annotated[str, mapped_column(sa.Text)]
Words = Annotated[list[str], mapped_column(sa.JSON)]
Won = Annotated[int, mapped_column(sa.BigInteger)]

KINDS: dict[Any, Any] = {
    datetime: UtcTime(),
    StrEnum: sa.Enum(
        StrEnum,
        native_enum=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    ),
}


class Model(DeclarativeBase):
    """A table with an `id`."""

    # A registry of our own: Flask-SQLAlchemy 3.1 copies the base and cannot copy a
    # type_annotation_map (pallets-eco/flask-sqlalchemy#1361).
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMES), type_annotation_map=dict(KINDS)
    )

    id: Any
    by = "slug"  # the column by which people and files name one of these

    @classmethod
    def made(cls, **values: Any) -> Self:
        """A new one from checked values."""
        return cls(**values)

    def change(self, **values: Any) -> None:
        """Give it new, checked values, all of them as one change."""
        with db.session.no_autoflush:
            for name, value in values.items():
                setattr(self, name, value)


db = SQLAlchemy(model_class=Model, session_options={"class_": CalmSession})

Key = Annotated[int, mapped_column(primary_key=True, sort_order=-1)]


PATIENCE_MS = 5000  # how long a request waits for what another one has locked
MANNERS = {
    # SQLite checks foreign keys, waits for locks and lets readers read while one writes.
    "sqlite3": (
        "PRAGMA foreign_keys=ON",
        "PRAGMA busy_timeout={patience}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=NORMAL",
    ),
    # PostgreSQL would wait for a lock without an end, and look for the best order of many joins
    # for longer than it takes to run them: a fact joins what it is about and where it stands.
    "psycopg": ("SET lock_timeout = {patience}", "SET join_collapse_limit = 4"),
}


@event.listens_for(Engine, "connect")
def _manners(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for statement in MANNERS[type(connection).__module__.partition(".")[0]]:
        cursor.execute(statement.format(patience=PATIENCE_MS))
    cursor.close()
    connection.commit()
