"""Data version: which state of the record a report was made from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all

from common.db import Model, db
from common.facts import When, known


def data_version(when: When) -> str:
    """The newest moment at which anything was recorded, and how many rows there are.

    Every table counts whose rows say when they were recorded, as far as known on the day of
    `when`. The same record gives the same version, and one more row gives another one.
    """
    tables: list[Any] = [
        it.class_ for it in Model.registry.mappers if hasattr(it.class_, "recorded_at")
    ]
    parts = [
        select(
            literal(table.__tablename__),
            func.max(table.recorded_at).label("newest"),
            func.count().label("rows"),
        )
        .select_from(table)
        .where(known(table, when))
        for table in sorted(tables, key=lambda it: str(it.__tablename__))
    ]
    found = db.session.execute(union_all(*parts)).all()
    rows = sum(row.rows for row in found)
    newest = max((_moment(row.newest) for row in found if row.newest), default=None)
    return f"{newest:%Y%m%dT%H%M%S.%fZ}-{rows}" if newest else f"0-{rows}"


def _moment(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
