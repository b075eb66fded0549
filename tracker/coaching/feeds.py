"""Feeds: sessions and actions as iCalendar, for calendar programs.

A calendar lies with others: it holds days, places and public summaries, and the text of an action
only where its owner asked for it. UIDs stay, sequence numbers rise with each change (RFC 5545,
3.8.7.4), and what is given up stays in the feed as cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy import Select, or_

from common.db import db
from common.facts import Precision
from common.locale import SEOUL, said, word
from common.papers import printable
from tracker.coaching.actions import Action, ActionState
from tracker.coaching.calendars import CalendarAddress, Scope
from tracker.coaching.log import CoachingSession, find_sessions
from tracker.coaching.promises import find_actions
from tracker.municipalities import Municipality
from tracker.sites import Site

Address = Callable[[CoachingSession], str]
PRODUCT = "-//Hwaksan//Coaching log//EN"
NOBODY = "invalid:nomail"  # organisations take part, and no mail address of a person is told
A_DAY = timedelta(days=1)


def feed_of(it: CalendarAddress, page: Address) -> bytes:
    """What the calendar address `it` tells now; `page` gives the address of a session."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", _text(_name(it)))
    calendar.add("x-wr-timezone", "Asia/Seoul")
    for session in db.session.scalars(sessions_of(it)):
        if session.held_on and session.precision is Precision.DAY:
            calendar.add_component(session_event(session, page(session)))
    for action in db.session.scalars(actions_of(it)):
        if action.due_on:
            calendar.add_component(action_event(action, page(action.session), it.with_text))
    told: bytes = calendar.to_ical()
    return told


def invitation(session: CoachingSession, page: str) -> bytes:
    """`session` to put into one's calendar; a cancellation where it was cancelled."""
    cancelled = is_cancelled(session)
    calendar = _calendar("CANCEL" if cancelled else "REQUEST")
    event = session_event(session, page)
    event.add("organizer", _organisation(session.host))
    event.add("attendee", _organisation(session.site))
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


def actions_of(it: CalendarAddress) -> Select[Action]:
    """The actions that an address tells of, as far as its owner may read them."""
    query = find_actions(it.user, site=it.site, host=it.host)
    if it.scope is not Scope.MINE:
        return query
    ours = sessions_of(it).with_only_columns(CoachingSession.id).order_by(None)
    mine = Action.owner_id == it.user.organisation_id
    return query.where(or_(mine, Action.session_id.in_(ours)))


def session_event(session: CoachingSession, page: str) -> Event:
    """A session as an event: when, where, and what everybody may read of it."""
    event = _event(f"{session.slug}@sessions.hwaksan", session.version - 1, session.recorded_at)
    event.add("summary", _text(title_of(session)))
    for name, value in zip(("dtstart", "dtend"), times_of(session), strict=True):
        event.add(name, value)
    if said(session, "summary"):
        event.add("description", _text(said(session, "summary")))
    event.add("location", _text(place_of(session)))
    event.add("url", page)
    event.add("status", "CANCELLED" if is_cancelled(session) else "CONFIRMED")
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


def title_of(session: CoachingSession) -> str:
    """A session in a line."""
    return f"{word(session.kind)}: {said(session.host, 'name')} → {said(session.site, 'name')}"


def times_of(session: Any) -> tuple[date, date]:
    """Begin and end: moments where the time of day is known, else the whole day."""
    if session.began_at is None or session.duration_min is None:
        return session.held_on, session.held_on + A_DAY
    begin = datetime.combine(session.held_on, time.fromisoformat(session.began_at), SEOUL)
    return begin, begin + timedelta(minutes=session.duration_min)


def place_of(session: Any) -> str:
    """Where it is: its place where one is told, else the site's municipality or how one met."""
    if session.place:
        return str(session.place)
    if session.mode and session.mode != "in_person":
        return word(session.mode)
    return str(said(session.site, "name"))


def is_cancelled(session: Any) -> bool:
    """Whether a session that was announced is not held."""
    return getattr(session, "state", None) == "cancelled"


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
