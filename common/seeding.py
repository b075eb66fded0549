"""Seeding: the facts that come with the app, loaded once and never over what was changed here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from common.db import Key, Model, db
from common.resource import Resource
from common.rows import Row
from common.schema import Schema
from common.upsert import stored, unordered, upsert, would_change

DIGEST = String(64)


class Seeded(Model):
    """A row of a seed file that was loaded: its digest, and that of the thing it made."""

    __tablename__ = "seeded"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(80))
    row: Mapped[str] = mapped_column(DIGEST)
    thing: Mapped[str] = mapped_column(DIGEST)


class Counts(NamedTuple):
    """What seeding did: `kept` things say something else here and were left alone."""

    added: int = 0
    changed: int = 0
    kept: int = 0


def seed(
    it: Resource, rows: Mapping[int, Row], each: Callable[[], object] = lambda: None
) -> Counts:
    """Load the rows of a seed file that are new since the last time. Nothing is committed.

    A thing that was changed here since it was seeded stays as it is, whatever the file says.
    Raises ImportRefused like any other import.
    """
    known = {
        seeded.name: seeded
        for seeded in db.session.scalars(select(Seeded).where(Seeded.kind == it.many))
    }
    names = {place: str(row.get(it.model.by) or "") for place, row in rows.items()}
    fresh = {
        place: row
        for place, row in rows.items()
        if names[place] not in known or known[names[place]].row != digest(row)
    }
    if not fresh:
        return Counts()
    schema = it.schema()
    things = things_of(it)
    kept = {
        place
        for place, row in fresh.items()
        if (thing := things.get(names[place]))
        and is_changed(schema, thing, row, known.get(names[place]))
    }
    taken = {place: row for place, row in fresh.items() if place not in kept}
    added, changed = upsert(it.model, schema, taken, each, it.together)
    things = things_of(it)
    for place, row in taken.items():
        name = names[place]
        seeded = known.get(name) or Seeded(kind=it.many, name=name)
        seeded.row, seeded.thing = digest(row), digest(stored(schema, things[name]))
        db.session.add(seeded)
    db.session.flush()
    return Counts(added, changed, len(kept))


def is_changed(schema: Schema, thing: Model, row: Row, seeded: Seeded | None) -> bool:
    """Whether `thing` says something else than the seeds made of it."""
    if seeded is None:
        return would_change(schema, thing, row)
    return digest(stored(schema, thing)) != seeded.thing


def things_of(it: Resource) -> dict[str, Any]:
    """All things of a kind by the name that files give them."""
    rows = db.session.scalars(select(it.model)).unique()
    return {getattr(thing, it.model.by): thing for thing in rows}


def digest(row: Row) -> str:
    """SHA-256 of what `row` says, whatever the order of its fields."""
    said = {name: unordered(value) for name, value in row.items()}
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
