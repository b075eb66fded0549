"""Revisions: what a session said before each change, and what the change changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, now

if TYPE_CHECKING:
    from tracker.coaching.log import CoachingSession

FRAME = ("host", "version")  # never differ in what was said

Piece = tuple[bool, str]


class SessionRevision(Model):
    """What a session said before a change: nothing is overwritten without a trace."""

    __tablename__ = "coaching_revision"
    __table_args__ = (UniqueConstraint("session_id", "version"),)

    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"))
    session: Mapped[CoachingSession] = relationship(back_populates="revisions")
    version: Mapped[int]
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")


@dataclass(frozen=True)
class Difference:
    """A field that says something else than before, both values as a form would send them."""

    name: str
    before: Any
    after: Any

    @property
    def words(self) -> tuple[list[Piece], list[Piece]] | None:
        """Two texts in pieces, with whether only this one holds it; None for other values."""
        if not (isinstance(self.before, str) and isinstance(self.after, str)):
            return None
        return pieces(self.before, self.after)


@dataclass(frozen=True)
class Version:
    """One state of a session: when and by whom it was written, and what it changed."""

    at: datetime
    by: Any
    differences: list[Difference]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The fields that differ between two things said, in the order of the newer one."""
    return [
        Difference(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*after, *before])
        if name not in FRAME and _told(before.get(name)) != _told(after.get(name))
    ]


def _told(value: Any) -> Any:
    """`value` without what nobody reads: the keys of next steps, and their empty fields."""
    if not isinstance(value, list):
        return value
    return [
        {name: it for name, it in row.items() if it and name != "key"}
        if isinstance(row, Mapping)
        else row
        for row in value
    ]


def pieces(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts cut where they differ: pairs of whether only this text holds a piece, and it."""
    old, new = (re.findall(r"\s+|\S+", text) for text in (before, after))
    cuts = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return (
        [(tag != "equal", "".join(old[a:b])) for tag, a, b, _c, _d in cuts if a < b],
        [(tag != "equal", "".join(new[c:d])) for tag, _a, _b, c, d in cuts if c < d],
    )


def history(session: CoachingSession) -> list[Version]:
    """All states of `session`, the newest first, down to how it was first logged."""
    past = sorted(session.revisions, key=lambda revision: revision.version)
    states = [(it.said, it.recorded_at, it.recorded_by) for it in past]
    states.append((session.said(), session.recorded_at, session.recorded_by))
    versions = [Version(states[0][1], states[0][2], [])]
    for (before, *_rest), (after, at, by) in pairwise(states):
        versions.append(Version(at, by, differences(before, after)))
    return versions[::-1]
