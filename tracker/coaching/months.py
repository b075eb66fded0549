"""Months and weeks of the calendar: which days there are, and what is on each of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from accounts.organisations import Organisation
from common.db import db
from common.facts import Precision, When, WhenFilters
from common.locale import name_values
from common.permissions import Member
from common.schema import Choice, Ref, Schema
from tracker.coaching.actions import Action
from tracker.coaching.log import CoachingSession, find_sessions
from tracker.coaching.planned import AHEAD, PlannedRecord, find_planned, records_for
from tracker.coaching.promises import ActionRecord, action_records, find_actions
from tracker.coaching.workdays import DAY, feast, is_workday, working
from tracker.sites import Site

WEEK = 7
FIRST, LAST = date(1950, 1, 1), date(2100, 12, 1)  # holidays are known between these


class Span(StrEnum):
    """How much the calendar shows at once."""

    MONTH = "month"
    WEEK = "week"


name_values({Span.MONTH: _l("By month"), Span.WEEK: _l("By week")})


class CalendarFilters(WhenFilters):
    """Which days the calendar shows, and whose."""

    span = Choice(Span, load_default=Span.MONTH, metadata={"label": _l("Month or week")})
    on = fields.Date(load_default=None, metadata={"label": _l("Day")})
    site = Ref(Site, load_default=None, metadata={"label": _l("Site")})
    host = Ref(Organisation, load_default=None, metadata={"label": _l("Host")})


@dataclass
class CalendarDay:
    """A day with what is on it; `inside` is whether it belongs to the month that is shown."""

    on: date
    inside: bool
    sessions: list[CoachingSession] = field(default_factory=list)
    actions: list[ActionRecord] = field(default_factory=list)
    planned: list[PlannedRecord] = field(default_factory=list)

    @property
    def feast(self) -> str | None:
        """The name of the holiday that it is, in Korean."""
        return feast(self.on)

    @property
    def is_workday(self) -> bool:
        """Whether people in offices work."""
        return is_workday(self.on)


class DaySchema(Schema):
    """A day of the calendar as the API tells it."""

    on = fields.Date()
    feast = fields.String()
    is_workday = fields.Boolean()
    sessions = fields.Function(lambda it: [one.slug for one in it.sessions])
    actions = fields.Function(lambda it: [one.key for one in it.actions])
    planned = fields.Function(lambda it: [one.slug for one in it.planned])


class CalendarMonthSchema(Schema):
    """A month or a week of the calendar."""

    begin = fields.Date()
    end = fields.Date()
    days = fields.List(fields.Nested(DaySchema))


@dataclass
class CalendarPage:
    """The days from `begin` to `end`, whole weeks from Monday on."""

    span: Span
    on: date
    days: list[CalendarDay]

    @property
    def begin(self) -> date:
        """The first day."""
        return self.days[0].on

    @property
    def end(self) -> date:
        """The last day."""
        return self.days[-1].on

    @property
    def weeks(self) -> list[list[CalendarDay]]:
        """The days by week."""
        return [self.days[place : place + WEEK] for place in range(0, len(self.days), WEEK)]

    @property
    def before(self) -> date:
        """A day of the month or week before."""
        first = self.on.replace(day=1) if self.span is Span.MONTH else self.begin
        return first - DAY

    @property
    def after(self) -> date:
        """A day of the month or week after."""
        if self.span is Span.WEEK:
            return self.end + DAY
        return (self.on.replace(day=28) + timedelta(days=4)).replace(day=1)


def days_of(span: Span, on: date) -> list[CalendarDay]:
    """The days of whole weeks that hold the month or the week of `on`."""
    on = min(max(on, FIRST), LAST)
    begin = on.replace(day=1) if span is Span.MONTH else on
    end = (on.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY
    end = end if span is Span.MONTH else on
    begin -= timedelta(days=begin.weekday())
    end += timedelta(days=WEEK - 1 - end.weekday())
    days = (begin + timedelta(days=n) for n in range((end - begin).days + 1))
    return [CalendarDay(it, span is Span.WEEK or it.month == on.month) for it in days]


def calendar_page(
    who: Member | None,
    *,
    span: Span = Span.MONTH,
    on: date | None = None,
    site: Site | None = None,
    host: Organisation | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> CalendarPage:
    """Sessions held and planned, and actions due that `who` may read, by day, as of a date."""
    when = When.of(as_of, known_on)
    day = min(max(on or when.as_of, FIRST), LAST)
    page = CalendarPage(span, day, days_of(span, day))
    dates = {"as_of": as_of, "known_on": known_on}
    held = find_sessions(site=site, host=host, as_of=min(when.as_of, page.end), known_on=known_on)
    held = held.where(
        CoachingSession.held_on >= page.begin, CoachingSession.precision == Precision.DAY
    )
    # A day that nobody works on counts as a later one: at most a fortnight later.
    due = find_actions(who, site=site, host=host, as_of=as_of, known_on=known_on).where(
        Action.due_on >= page.begin - timedelta(days=2 * WEEK), Action.due_on <= page.end
    )
    ahead = find_planned(
        site=site,
        host=host,
        state=AHEAD,
        begin=page.begin,
        end=page.end,
        as_of=as_of,
        known_on=known_on,
    )
    by_day: dict[date, Any] = defaultdict(lambda: ([], [], []))
    for session in db.session.scalars(held.order_by(None).order_by(CoachingSession.id)):
        if session.held_on:
            by_day[session.held_on][0].append(session)
    for action in action_records(db.session.scalars(due).all(), **dates):
        by_day[working(action.due_on)][1].append(action)
    for record in records_for(who, db.session.scalars(ahead).all(), when):
        if record.planned_on:
            by_day[record.planned_on][2].append(record)
    for it in page.days:
        it.sessions, it.actions, it.planned = by_day[it.on]
    return page
