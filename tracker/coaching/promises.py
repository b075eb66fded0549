"""Promises: the actions of all sessions as a list: whose they are, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from accounts.organisations import Organisation
from common.db import db
from common.facts import When, WhenFilters, known, today
from common.locale import SEOUL, name_values
from common.permissions import Member
from common.schema import Choice, Ref
from tracker.coaching.actions import (
    Action,
    ActionSchema,
    ActionState,
    Due,
    how_due,
    last_days,
    patience,
)
from tracker.coaching.log import CoachingSession
from tracker.coaching.readers import is_known_action
from tracker.coaching.workdays import passed_since
from tracker.sites import Site


class Whose(StrEnum):
    """Which actions of those that one may read."""

    MINE = "mine"
    OURS = "ours"
    ALL = "all"


name_values(
    {
        Whose.MINE: _l("To be done by my organisation"),
        Whose.OURS: _l("To be done by others"),
        Whose.ALL: _l("All that I may read"),
    }
)


class ActionFilters(WhenFilters):
    """What the list of actions can be narrowed to."""

    whose = Choice(Whose, load_default=Whose.MINE, metadata={"label": _l("Whose")})
    state = fields.List(
        Choice(ActionState), load_default=[ActionState.OPEN], metadata={"label": _l("State")}
    )
    due = fields.List(Choice(Due), load_default=None, metadata={"label": _l("Its day")})
    owner = Ref(Organisation, load_default=None, metadata={"label": _l("Who")})
    site = Ref(Site, load_default=None, metadata={"label": _l("Site")})
    host = Ref(Organisation, load_default=None, metadata={"label": _l("Host")})


class ActionToldSchema(ActionSchema):
    """An action as lists and files tell it, with its session and how it stands."""

    class Meta(ActionSchema.Meta):
        """What is only sent is not told."""

        exclude = ("due_in",)

    session = fields.String(attribute="session.slug", dump_only=True)
    held_on = fields.Date(attribute="session.held_on", dump_only=True)
    site = fields.String(attribute="session.site.slug", dump_only=True)
    host = fields.String(attribute="session.host.slug", dump_only=True)
    works_on = fields.Date(dump_only=True)
    state = Choice(ActionState, dump_only=True)
    due = Choice(Due, dump_only=True)
    overdue_days = fields.Integer(dump_only=True)


@dataclass(frozen=True)
class ActionRecord:
    """What is known of an action as of a date."""

    action: Action
    when: When
    patience: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.action, name)

    @property
    def state(self) -> ActionState:
        """How far it was on the day that is asked about."""
        closed = self.action.closed_on
        if closed is None or closed > self.when.as_of or not self._was_told:
            return ActionState.OPEN
        return self.action.state

    @property
    def _was_told(self) -> bool:
        """Whether its end was known by then; the database compares moments the same way."""
        told, known_on = self.action.closed_at, self.when.known_on
        if known_on is None or told is None:
            return True
        return (told.astimezone(SEOUL)).date() <= known_on

    @property
    def due(self) -> Due | None:
        """How it stands to its day; None where it has none, or is no longer open."""
        if self.state is not ActionState.OPEN:
            return None
        return how_due(self.action.due_on, self.when.as_of, self.patience)

    @property
    def overdue_days(self) -> int | None:
        """Working days since its working day; None where it is not overdue."""
        if self.due not in (Due.OVERDUE, Due.ESCALATED) or self.action.works_on is None:
            return None
        return passed_since(self.action.works_on, self.when.as_of)


def find_actions(
    who: Member | None,
    *,
    whose: Whose = Whose.ALL,
    state: Sequence[ActionState] = (),
    due: Sequence[Due] | None = None,
    owner: Organisation | None = None,
    site: Site | None = None,
    host: Organisation | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Action]:
    """Actions that `who` may read, promised as of a date, the first due first."""
    when = When.of(as_of, known_on)
    query = (
        select(Action)
        .join(Action.session)
        .options(contains_eager(Action.session).selectinload(CoachingSession.solutions))
        .where(is_known_action(who), CoachingSession.happened(when), known(Action, when))
        .order_by(Action.due_on.is_(None), Action.due_on, Action.id)
    )
    if who and whose is Whose.MINE:
        query = query.where(Action.owner_id == who.organisation_id)
    if who and whose is Whose.OURS:
        query = query.where(Action.owner_id != who.organisation_id)
    if state:
        query = query.where(or_(*(_is(it, when) for it in state)))
    if due:
        query = query.where(_is(ActionState.OPEN, when), _is_due(due, when.as_of))
    for column, wish in (
        (Action.owner_id, owner),
        (CoachingSession.site_id, site),
        (CoachingSession.host_id, host),
    ):
        if wish:
            query = query.where(column == wish.id)
    return query


def find_overdue(when: When) -> Select[Action]:
    """Actions of everybody that are open and past their day as of a date, the first due first."""
    return (
        select(Action)
        .join(Action.session)
        .options(contains_eager(Action.session))
        .where(CoachingSession.happened(when), known(Action, when), _is(ActionState.OPEN, when))
        .where(_is_due([Due.OVERDUE, Due.ESCALATED], when.as_of))
        .order_by(Action.due_on, Action.id)
    )


def _is(state: ActionState, when: When) -> ColumnElement[bool]:
    """The condition that an action was in `state`, and known to be, as of a date."""
    told = known(Told, when)
    done = and_(Action.done_on.is_not(None), Action.done_on <= when.as_of, told)
    dropped = and_(Action.dropped_on.is_not(None), Action.dropped_on <= when.as_of, told)
    wanted = {ActionState.DONE: done, ActionState.DROPPED: dropped}
    return wanted.get(state, ~or_(done, dropped))


class Told:
    """The end of an action as a dated fact: when it was told."""

    recorded_at = Action.closed_at


def _is_due(due: Sequence[Due], on: date) -> ColumnElement[bool]:
    days = last_days(on, patience())
    stands = case(*((Action.due_on <= last, name.value) for name, last in days.items()))
    return stands.in_([it.value for it in due])


def action_records(
    actions: Sequence[Action], as_of: date | None = None, known_on: date | None = None
) -> list[ActionRecord]:
    """What is known of each of `actions` as of a date."""
    when, days = When.of(as_of, known_on), patience()
    return [ActionRecord(it, when, days) for it in actions]


def escalated() -> int:
    """How many open actions are so late that the ministry is told of them."""
    query = select(func.count(Action.id)).where(
        _is(ActionState.OPEN, When.of()), _is_due([Due.ESCALATED], today())
    )
    return db.session.scalar(query) or 0


def reminders(on: date) -> Iterator[tuple[Organisation, list[ActionRecord]]]:
    """Open actions that are due soon or overdue on the day `on`, by who owes them."""
    query = (
        select(Action)
        .where(_is(ActionState.OPEN, When.of(on)), _is_due(list(Due), on))
        .join(Action.owner)
        .options(selectinload(Action.session))
        .order_by(Organisation.name_ko, Organisation.id, Action.due_on, Action.id)
    )
    records = action_records(db.session.scalars(query).all(), as_of=on)
    for owner, theirs in groupby(records, key=lambda it: it.owner):
        yield owner, list(theirs)
