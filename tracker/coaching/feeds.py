"""Feeds: sessions and actions as iCalendar, for calendar programs.

A calendar lies with others: it holds days, places and public summaries, and the text of an action
only where its owner asked for it. UIDs stay, sequence numbers rise with each change (RFC 5545,
3.8.7.4), and what is given up stays in the feed as cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy import Select, or_
from sqlalchemy.orm import selectinload

from common.db import db
from common.facts import Precision, When, today
from common.locale import SEOUL, said, word
from common.papers import printable
from tracker.alerts.alerts import Alert
from tracker.alerts.inbox import open_for
from tracker.coaching.actions import Action, ActionState
from tracker.coaching.calendars import CalendarAddress, Scope
from tracker.coaching.codes import Topic
from tracker.coaching.log import CoachingSession, find_sessions
from tracker.coaching.planned import (
    AHEAD,
    PlannedRecord,
    PlannedSession,
    PlannedState,
    find_planned,
    records_for,
)
from tracker.coaching.promises import find_actions
from tracker.coaching.readers import is_party
from tracker.municipalities import Municipality
from tracker.sites import Site

Address = Callable[[Any], str]
PRODUCT = "-//Hwaksan//Coaching log//EN"
NOBODY = "invalid:nomail"  # organisations take part, and no mail address of a person is told
A_DAY = timedelta(days=1)
FIRST_DAY = date(2020, 1, 1)  # numbers of alerts count the days from here


def feed_of(it: CalendarAddress, page: Address) -> bytes:
    """What the calendar address `it` tells now; `page` gives the address of each thing."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", _text(_name(it)))
    calendar.add("x-wr-timezone", "Asia/Seoul")
    with_plan = selectinload(CoachingSession.planned)
    for session in db.session.scalars(sessions_of(it).options(with_plan)):
        if session.held_on and session.precision is Precision.DAY:
            told_place = is_party(it.user, session)
            calendar.add_component(session_event(session, page(session), told_place))
    for record in records_for(it.user, db.session.scalars(planned_of(it)).all(), When(today())):
        calendar.add_component(planned_event(record, page(record)))
    for action in db.session.scalars(actions_of(it)):
        if action.due_on:
            calendar.add_component(action_event(action, page(action.session), it.with_text))
    for alert in open_for(it.user, When(today())) if it.scope is Scope.MINE else ():
        calendar.add_component(alert_event(alert, page(alert)))
    told: bytes = calendar.to_ical()
    return told


def invitation(session: CoachingSession, page: str, with_place: bool) -> bytes:
    """`session` to put into one's calendar; `with_place` for those who may read where it was."""
    return _invited(session, session_event(session, page, with_place), "REQUEST")


def planned_invitation(record: PlannedRecord, page: str) -> bytes:
    """What is planned, to put into one's calendar; a cancellation where it was cancelled."""
    event = planned_event(record, page)
    return _invited(record, event, "CANCEL" if is_cancelled(record) else "REQUEST")


def _invited(it: Any, event: Event, method: str) -> bytes:
    calendar = _calendar(method)
    event.add("organizer", _organisation(it.host))
    event.add("attendee", _organisation(it.site))
    calendar.add_component(event)
    told: bytes = calendar.to_ical()
    return told


def sessions_of(it: CalendarAddress) -> Select[CoachingSession]:
    """The sessions that an address tells of."""
    query = find_sessions(site=it.site, host=it.host)
    if it.scope is not Scope.MINE:
        return query
    mine = it.user.organisation_id
    own = Site.municipality.has(Municipality.organisation_id == mine)
    return query.where(or_(CoachingSession.host_id == mine, CoachingSession.site.has(own)))


def planned_of(it: CalendarAddress) -> Select[PlannedSession]:
    """What is planned or was cancelled, of the address; what was held is told as a session."""
    states = (*AHEAD, PlannedState.CANCELLED)
    query = find_planned(site=it.site, host=it.host, state=states)
    if it.scope is not Scope.MINE:
        return query
    mine = it.user.organisation_id
    own = Site.municipality.has(Municipality.organisation_id == mine)
    return query.where(or_(PlannedSession.host_id == mine, PlannedSession.site.has(own)))


def actions_of(it: CalendarAddress) -> Select[Action]:
    """The actions that an address tells of, as far as its owner may read them."""
    query = find_actions(it.user, site=it.site, host=it.host)
    if it.scope is not Scope.MINE:
        return query
    ours = sessions_of(it).with_only_columns(CoachingSession.id).order_by(None)
    mine = Action.owner_id == it.user.organisation_id
    return query.where(or_(mine, Action.session_id.in_(ours)))


def session_event(session: CoachingSession, page: str, with_place: bool) -> Event:
    """A session as an event: when, where, and what everybody may read of it.

    One that was planned keeps the UID of its plan, and its number goes on from there.
    """
    planned = session.planned
    slug = planned.slug if planned else session.slug
    sequence = session.version - 1 + (planned.version if planned else 0)
    event = _session(slug, sequence, session.recorded_at, session)
    _times(event, session.held_on, session.began_at, session.duration_min)
    if said(session, "summary"):
        event.add("description", _text(said(session, "summary")))
    event.add("location", _text(place_of(session, session.place if with_place else None)))
    event.add("url", page)
    event.add("status", "CONFIRMED")
    return event


def planned_event(record: PlannedRecord, page: str) -> Event:
    """A planned session as an event; one that was cancelled stays as cancelled."""
    changed = record.planned.steps[-1].recorded_at
    event = _session(record.slug, record.version - 1, changed, record)
    _times(event, record.planned_on, record.began_at, record.duration_min)
    event.add("description", _text("\n".join(word(Topic(it)) for it in record.topics)))
    event.add("location", _text(place_of(record, record.place)))
    event.add("url", page)
    event.add("status", "CANCELLED" if is_cancelled(record) else "CONFIRMED")
    return event


def _session(slug: str, sequence: int, changed: datetime, it: Any) -> Event:
    event = _event(f"{slug}@sessions.hwaksan", sequence, changed)
    event.add("summary", _text(title_of(it)))
    return event


def action_event(action: Action, page: str, with_text: bool) -> Event:
    """An action as an event on its working day; dropped ones are cancelled."""
    changed = max(action.recorded_at, action.closed_at or action.recorded_at)
    event = _event(f"{action.key}@actions.hwaksan", action.sequence, changed)
    what = action.what if with_text else said(action.session.site, "name")
    names = {
        ActionState.OPEN: _("Due: %(what)s", what=what),
        ActionState.DONE: _("Done: %(what)s", what=what),
        ActionState.DROPPED: _("Dropped: %(what)s", what=what),
    }
    event.add("summary", _text(names[action.state]))
    if action.works_on:
        event.add("dtstart", action.works_on)
        event.add("dtend", action.works_on + A_DAY)
    event.add("description", _text(said(action.owner, "name")))
    event.add("url", page)
    event.add("transp", "TRANSPARENT")
    dropped = action.state is ActionState.DROPPED
    event.add("status", "CANCELLED" if dropped else "CONFIRMED")
    return event


def alert_event(alert: Alert, page: str) -> Event:
    """An open alert as a whole day: the one to act by, else since when it is so.

    It is worked out anew each day, and so has the number of the day; mended, it is told no more.
    """
    midnight = datetime.combine(today(), time(), SEOUL).astimezone(UTC)
    event = _event(f"{alert.key}@alerts.hwaksan", (today() - FIRST_DAY).days, midnight)
    event.add("summary", _text(f"{word(alert.name)}: {alert.title}"))
    if alert.day:
        event.add("dtstart", alert.day)
        event.add("dtend", alert.day + A_DAY)
    event.add("description", _text(alert.act))
    event.add("url", page)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    return event


def title_of(session: Any) -> str:
    """A session, held or planned, in a line."""
    return f"{word(session.kind)}: {said(session.host, 'name')} → {said(session.site, 'name')}"


def _times(event: Event, day: date | None, began_at: str | None, minutes: int | None) -> None:
    """Begin and end: moments where the time of day is known, else the whole day."""
    if day is None:
        return
    if began_at is None or minutes is None:
        begin, end = day, day + A_DAY
    else:
        # In UTC, so that no reader needs a description of a time zone that comes with it.
        begin = datetime.combine(day, time.fromisoformat(began_at), SEOUL).astimezone(UTC)
        end = begin + timedelta(minutes=minutes)
    event.add("dtstart", begin)
    event.add("dtend", end)


def place_of(session: Any, place: str | None) -> str:
    """Where it is: `place` where one may be told, else the site's municipality or how one meets."""
    if place:
        return place
    if session.mode and session.mode != "in_person":
        return word(session.mode)
    return str(said(session.site, "name"))


def is_cancelled(record: PlannedRecord) -> bool:
    """Whether a session that was announced is not held."""
    return record.state is PlannedState.CANCELLED


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("method", method)):
        calendar.add(name, value)
    return calendar


def _event(uid: str, sequence: int, changed: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", max(0, sequence))
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    return event


def _organisation(thing: Any) -> vCalAddress:
    address = vCalAddress(NOBODY)
    address.params["CN"] = vText(printable(str(said(thing, "name"))).replace('"', ""))
    return address


def _name(it: CalendarAddress) -> str:
    whose: Sequence[Any] = [thing for thing in (it.site, it.host) if thing]
    return f"{_('Hwaksan')}: {said(whose[0] if whose else it.user.organisation, 'name')}"


def _text(text: str) -> str:
    return printable(text)
