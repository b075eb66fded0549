"""Revisions: what a session said before each change, and what the change changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from common.db import now
from common.facts import Precision, today
from tracker.coaching import Action, CoachingSession, SessionLogSchema, SessionRevision

FRAME = ("host", "version")  # never differ in what was said
Piece = tuple[bool, str]


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


def as_said(session: CoachingSession | Mapping[str, Any]) -> dict[str, Any]:
    """What a session, or checked values for one, say, as a form would send it."""
    told = SessionLogSchema().dump(session)
    told["solutions"] = sorted(told["solutions"] or [])
    # A form sends each line end as two characters, a program as one.
    ends = {name: "\n".join(it.splitlines()) for name, it in told.items() if isinstance(it, str)}
    return {name: value for name, value in (told | ends).items() if name not in FRAME}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The fields that differ between two things said, in the order of the form."""
    return [
        Difference(name, before.get(name), after.get(name))
        for name in SessionLogSchema().fields
        if name not in FRAME and before.get(name) != after.get(name)
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
    states.append((as_said(session), session.recorded_at, session.recorded_by))
    versions = [Version(states[0][1], states[0][2], [])]
    for (before, *_rest), (after, at, by) in pairwise(states):
        versions.append(Version(at, by, differences(before, after)))
    return versions[::-1]


def change_session(session: CoachingSession, values: dict[str, Any], who: Any) -> None:
    """Give `session` new values; what it said before becomes a revision."""
    keep(session)
    if values["held_on"] != session.held_on:
        session.precision = Precision.DAY
    session.change(**values, recorded_at=now(), recorded_by=who)


def tick_off(action: Action, who: Any) -> None:
    """Mark `action` as done today: a change of its session like any other."""
    keep(action.session)
    action.done_on = today()
    action.session.change(recorded_at=now(), recorded_by=who)


def keep(session: CoachingSession) -> None:
    """Make what `session` says now a revision."""
    session.revisions.append(
        SessionRevision(
            version=session.version,
            said=as_said(session),
            recorded_at=session.recorded_at,
            recorded_by=session.recorded_by,
        )
    )
