"""Actions: the next steps that somebody promised in a session, with owner, day and state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from common.db import Key, Model, Name, Slug, Text, now
from common.facts import today
from common.locale import name_values
from common.schema import (
    LONGEST_LINE,
    Ref,
    Schema,
    Whole,
    at_most,
    between,
    slug_field,
    text,
)
from tracker.coaching import workdays

if TYPE_CHECKING:
    from tracker.coaching.log import CoachingSession

MOST_WORKDAYS = 500
SOON = 5  # working days before its day from which an action is due soon


class ActionState(StrEnum):
    """How far a next step is."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Due(StrEnum):
    """How an open action stands to its day."""

    SOON = "soon"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


name_values(
    {
        ActionState.OPEN: _l("Not done yet"),
        ActionState.DONE: _l("Finished"),
        ActionState.DROPPED: _l("Given up"),
        Due.SOON: _l("Due soon"),
        Due.OVERDUE: _l("Overdue"),
        Due.ESCALATED: _l("Escalated to the ministry"),
    }
)


class Action(Model):
    """A next step that somebody promised in a session.

    It keeps its key, and with it its place in calendars, through all changes of its session;
    `sequence` rises with each change of itself.
    """

    __tablename__ = "coaching_action"
    __table_args__ = (
        CheckConstraint("(dropped_on IS NULL) = (drop_reason IS NULL)", name="dropped"),
        CheckConstraint("done_on IS NULL OR dropped_on IS NULL", name="one_end"),
    )
    by = "key"

    id: Mapped[Key]
    key: Mapped[Slug] = mapped_column(default=lambda: token_hex(8))
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"), index=True)
    session: Mapped[CoachingSession] = relationship(back_populates="actions")
    position: Mapped[int]
    what: Mapped[Text]
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    owner: Mapped[Organisation] = relationship(lazy="joined")
    owner_role: Mapped[Name | None]
    due_on: Mapped[date | None] = mapped_column(index=True)
    done_on: Mapped[date | None]
    dropped_on: Mapped[date | None]
    drop_reason: Mapped[Text | None]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]  # when it was told that it is done or dropped
    sequence: Mapped[int] = mapped_column(default=0)

    def change(self, **values: Any) -> None:
        """Give it new, checked values; its sequence rises where one of them is new."""
        was = self.closed_on
        differing = {name: it for name, it in values.items() if getattr(self, name) != it}
        if not differing:
            return
        super().change(**differing)
        self.sequence = 0 if self.sequence is None else self.sequence + 1
        if self.closed_on != was:
            self.closed_at = now() if self.closed_on else None

    @property
    def closed_on(self) -> date | None:
        """The day on which it was done or dropped."""
        return self.done_on or self.dropped_on

    @property
    def state(self) -> ActionState:
        """How far it is, as is known now."""
        if self.dropped_on:
            return ActionState.DROPPED
        return ActionState.DONE if self.done_on else ActionState.OPEN

    @property
    def works_on(self) -> date | None:
        """The working day that its day counts as; None where it has no day."""
        return workdays.working(self.due_on) if self.due_on else None

    @property
    def feast(self) -> str | None:
        """The name of the holiday that its day is, in Korean."""
        return workdays.feast(self.due_on) if self.due_on else None


def patience() -> int:
    """Working days that an action may be overdue before the ministry is told."""
    days: int = current_app.config["ESCALATE_AFTER"]
    return days


def how_due(due_on: date | None, on: date, days: int) -> Due | None:
    """How an open action due on `due_on` stands on the day `on`; escalated after `days` late."""
    if due_on is None:
        return None
    return next((due for due, last in last_days(on, days).items() if due_on <= last), None)


def last_days(on: date, days: int) -> dict[Due, date]:
    """The last day that an action may be due on to stand so on the day `on`, the worst first.

    A due day that nobody works on counts as the next working day, and `days` > 0 are working days.
    """
    return {
        Due.ESCALATED: workdays.before(on, days),
        Due.OVERDUE: workdays.before(on - workdays.DAY, 0),
        Due.SOON: workdays.after(on, SOON),
    }


class ActionSchema(Schema):
    """A next step as it is written down."""

    key = slug_field(required=False)
    what = text(1000, required=True, label=_l("What to do"))
    owner = Ref(Organisation, required=True, metadata={"label": _l("Who")})
    owner_role = fields.String(
        allow_none=True,
        load_default=None,
        validate=at_most(LONGEST_LINE),
        metadata={"label": _l("Unit or role"), "hint": _l("For example smart city team; no name")},
    )
    due_on = fields.Date(allow_none=True, load_default=None, metadata={"label": _l("By when")})
    due_in = Whole(
        load_only=True,
        allow_none=True,
        validate=between(1, MOST_WORKDAYS),
        metadata={
            "label": _l("or in working days"),
            "unit": _l("days"),
            "hint": _l("Counted from the day of the session"),
        },
    )
    done_on = fields.Date(allow_none=True, load_default=None, metadata={"label": _l("Done on")})
    dropped_on = fields.Date(
        allow_none=True, load_default=None, metadata={"label": _l("Dropped on")}
    )
    drop_reason = text(1000, allow_none=True, load_default=None, label=_l("Why it was dropped"))

    @validates_schema
    def is_ended_once(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Done or dropped, the latter with a reason, and not in days to come."""
        if values.get("due_on") and values.get("due_in"):
            raise ValidationError(_("Give the day or the working days, not both."), "due_in")
        if values.get("due_on") and values["due_on"] > workdays.FARTHEST:
            raise ValidationError(_("Give a day before 2101."), "due_on")
        if values.get("done_on") and values.get("dropped_on"):
            raise ValidationError(_("It is done or dropped, not both; clear one."), "dropped_on")
        if bool(values.get("dropped_on")) != bool(values.get("drop_reason")):
            raise ValidationError(
                _("Give the day and the reason for which it was dropped, or neither."),
                "drop_reason" if values.get("dropped_on") else "dropped_on",
            )
        for name in ("done_on", "dropped_on"):
            if values.get(name) and values[name] > today():
                raise ValidationError(_("This day has not come yet; leave it empty."), name)


class DropSchema(Schema):
    """Why a next step is given up."""

    reason = text(1000, required=True, label=_l("Why it was dropped"))


def reckoned(action: dict[str, Any], begin: date | None) -> dict[str, Any]:
    """`action` with its working days, if it was told in those, as the day they lead to."""
    days = action.pop("due_in", None)
    if days and begin:
        action["due_on"] = workdays.after(begin, days)
    return action


def too_early(actions: Sequence[Any], held_on: date) -> dict[int, Any]:
    """What is wrong with those of `actions` that are due before their session, by place."""
    return {
        place: {"due_on": [_("Give a day after the session, %(day)s.", day=held_on)]}
        for place, action in enumerate(actions)
        if isinstance(action, dict) and action.get("due_on") and action["due_on"] < held_on
    }


def arranged(steps: Sequence[Action], told: Sequence[dict[str, Any]]) -> list[Action]:
    """The actions that `told` tells, in its order: those of `steps` that it means, and new ones.

    One is meant by its key, and without a key by its text.
    """
    keyed = {it.key: it for it in steps}
    named = {action.get("key") for action in told}
    worded = {it.what: it for it in steps if it.key not in named}
    found = []
    for place, action in enumerate(told):
        values = {name: value for name, value in action.items() if name != "key" or value}
        step = keyed.get(values.get("key", "")) or worded.pop(values["what"], None)
        if step is None:
            step = Action(position=place)
        step.change(**{"key": step.key or token_hex(8)} | values)
        step.position = place
        found.append(step)
    return found
