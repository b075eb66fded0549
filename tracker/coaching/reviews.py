"""Reviews: the site confirms a session or returns it with a comment; each step stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Text, now
from common.facts import KOREA, When
from common.permissions import Can, Member, allowed
from common.schema import Schema, Whole, between, text
from tracker.coaching.codes import Review

if TYPE_CHECKING:
    from tracker.coaching.log import CoachingSession


class SessionStep(Model):
    """What the site said to a session: when, by whom, and what the session said then."""

    __tablename__ = "coaching_session_step"
    __table_args__ = (CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),)

    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"), index=True)
    session: Mapped[CoachingSession] = relationship(back_populates="steps")
    what: Mapped[Review]
    comment: Mapped[Text | None]
    satisfaction: Mapped[int | None]
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Any] = relationship("User", lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class ConfirmSchema(Schema):
    """What a site says when it confirms a session."""

    version = Whole(required=True, validate=between(1, 10**6))
    satisfaction = Whole(
        allow_none=True,
        load_default=None,
        validate=between(1, 5),
        metadata={
            "label": _l("How useful it was"),
            "hint": _l("1: not at all, 5: very. Read by the parties and the ministry."),
        },
    )
    comment = text(2000, allow_none=True, load_default=None, label=_l("Comment"))


class SendBackSchema(Schema):
    """What a site says when it returns a session."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, required=True, label=_l("What is to be mended"))


def in_time(moment: datetime, when: When) -> bool:
    """Whether something of this moment had been done by the day asked about, and was known."""
    last = when.known_on
    if isinstance(last, datetime):
        return moment <= last
    return (moment + KOREA).date() <= min(when.as_of, last or when.as_of)


def taken(steps: Sequence[Any], when: When) -> list[Any]:
    """The steps that had been taken as of a date, the oldest first."""
    return [it for it in steps if in_time(it.recorded_at, when)]


def without_actions(said: dict[str, Any]) -> dict[str, Any]:
    """What is confirmed: everything but the next steps, which go on."""
    return {name: value for name, value in said.items() if name != "actions"}


def review_of(session: Any, when: When) -> Review | None:
    """How far the site's yes has come; None for what came from a public source or is its own.

    What was changed after the site's answer waits again.
    """
    if session.source is not None or session.host_id == session.site.municipality.organisation_id:
        return None
    steps = taken(session.steps, when)
    if not steps:
        return Review.WAITING
    same = without_actions(steps[-1].said) == without_actions(session.said())
    return Review(steps[-1].what) if same else Review.WAITING


def satisfaction_of(session: Any, when: When) -> int | None:
    """What the site last said, from 1 to 5; None for nothing."""
    told = [it.satisfaction for it in taken(session.steps, when) if it.satisfaction is not None]
    return told[-1] if told else None


def may_review(who: Member | None, session: Any) -> bool:
    """Whether `who` may confirm or return `session`: the site that it was held for."""
    own = session.site.municipality.organisation_id
    return (
        who is not None
        and allowed(Can.ASK_FOR_COACHING)
        and who.organisation_id == own != session.host_id
    )


def review(session: Any, what: Review, values: dict[str, Any], who: Any) -> SessionStep:
    """A step in the name of `who`, with what the session says at it."""
    step = SessionStep(
        what=what,
        by=who,
        said=session.said(),
        comment=values.get("comment"),
        satisfaction=values.get("satisfaction"),
    )
    session.steps.append(step)
    return step
