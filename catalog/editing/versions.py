"""Versions: what an entry said after each publication; they stay, whatever is published later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.editing.differences import FieldChange, changed_fields
from catalog.editing.kinds import Content, Kind
from common.db import Key, Model, Words, db, now
from common.facts import When, known

if TYPE_CHECKING:
    from catalog.editing.proposals import Proposal


class EntryVersion(Model):
    """What an entry of the catalog said, in full, from a publication on.

    The first one is what stood before anything was published here: it has no author.
    """

    __tablename__ = "entry_version"
    __table_args__ = (UniqueConstraint("kind", "name", "number"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    still_right: Mapped[Words]  # texts whose English was read again and needs no change
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    proposal: Mapped[Proposal | None] = relationship()
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")


@dataclass(frozen=True)
class Said:
    """One thing that an entry said, as far as out-of-date English is concerned."""

    content: Content
    still_right: Sequence[str] = ()


@dataclass(frozen=True)
class ToldVersion:
    """A version with what it changed against the one before it."""

    version: EntryVersion
    changes: list[FieldChange] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.version, name)


def versions_of(kind: Kind, name: str, when: When) -> list[EntryVersion]:
    """What the entry said, from the oldest version on that was known by then."""
    query = (
        select(EntryVersion)
        .where(EntryVersion.kind == kind.one, EntryVersion.name == name)
        .where(known(EntryVersion, when))
        .order_by(EntryVersion.number)
    )
    return list(db.session.scalars(query))


def told_versions(kind: Kind, versions: Sequence[EntryVersion]) -> list[ToldVersion]:
    """Each of `versions` with what it changed, newest first."""
    told = []
    before: Content = {}
    for it in versions:
        changes = changed_fields(before, it.content, kind.names()) if before else []
        told.append(ToldVersion(it, changes))
        before = it.content
    return told[::-1]


def out_of_date(stems: Sequence[str], history: Sequence[Said]) -> list[str]:
    """The texts whose Korean changed after their English, in the order of `stems`.

    `history`: from the oldest on, what stands last. A change of both at once is up to date, and
    so is English that somebody read again and found still right. No English is missing, not old.
    """
    found = []
    for stem in stems:
        korean = english = 0
        for place, (before, after) in enumerate(pairwise(history), start=1):
            if before.content.get(f"{stem}_ko") != after.content.get(f"{stem}_ko"):
                korean = place
            is_new = before.content.get(f"{stem}_en") != after.content.get(f"{stem}_en")
            if is_new or stem in after.still_right:
                english = place
        if korean > english and history[-1].content.get(f"{stem}_en"):
            found.append(stem)
    return found


def old_english(kind: Kind, versions: Sequence[EntryVersion], content: Content) -> list[str]:
    """The texts of an entry that says `content` today whose English is out of date."""
    history = [Said(it.content, it.still_right) for it in versions]
    return out_of_date(kind.pairs(), [*history, Said(content)]) if history else []


def keep(
    kind: Kind,
    name: str,
    content: Content,
    *,
    proposal: Proposal | None = None,
    who: Any = None,
    still_right: Sequence[str] = (),
) -> EntryVersion:
    """A new version of the entry, after all that are there; nothing is committed."""
    last = newest(kind, name)
    made = EntryVersion(
        kind=kind.one,
        name=name,
        number=last.number + 1 if last else 1,
        content=content,
        still_right=list(still_right),
        proposal=proposal,
        recorded_by=who,
    )
    db.session.add(made)
    db.session.flush()
    return made


def newest(kind: Kind, name: str) -> EntryVersion | None:
    """The version of the entry that was published last."""
    query = (
        select(EntryVersion)
        .where(EntryVersion.kind == kind.one, EntryVersion.name == name)
        .order_by(EntryVersion.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def keep_what_stands(kind: Kind, name: str, content: Content) -> None:
    """Keep what stands before it is changed, where no version says it: a file had loaded it."""
    last = newest(kind, name)
    if last is None or changed_fields(last.content, content):
        keep(kind, name, content)
