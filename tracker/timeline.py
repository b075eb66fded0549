"""Timeline: everything dated that is on record of a site, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy.orm import joinedload

from common.db import db
from common.facts import Precision, When, WhenFilters, held
from common.locale import name_values, number, said, won, word
from common.schema import Choice, Schema
from tracker.coaching import find_sessions
from tracker.deployments import Deployment
from tracker.ledger import Money
from tracker.progress import Progress, Quantity
from tracker.sites import Site

Found = Iterator["Event"]
LISTS = {"deployment": "deployments", "session": "coaching"}


class EventKind(StrEnum):
    """What an event of a site is about."""

    SELECTION = "selection"
    PROGRESS = "progress"
    QUANTITY = "quantity"
    MONEY = "money"
    COACHING = "coaching"


name_values(
    {
        EventKind.SELECTION: _l("Selection"),
        EventKind.PROGRESS: _l("Progress"),
        EventKind.QUANTITY: _l("Quantities"),
        EventKind.MONEY: _l("Money"),
        EventKind.COACHING: _l("Coaching"),
    }
)


@dataclass(frozen=True)
class Event:
    """Something dated: `text` in the reader's language, and the page that says more."""

    kind: EventKind
    on: date
    text: str
    fact: Any
    precision: Precision = Precision.DAY
    page: tuple[str, str] | None = None  # what it is one of, as endpoints say it, and its slug

    @property
    def recorded_at(self) -> datetime | None:
        """When it was told."""
        told: datetime | None = getattr(self.fact, "recorded_at", None)
        return told


class EventSchema(Schema):
    """An event as files and the API tell it."""

    on = fields.Date()
    precision = Choice(Precision)
    kind = Choice(EventKind)
    text = fields.String()
    deployment = fields.Function(lambda it: _slug_of(it, "deployment"))
    mark = fields.Function(lambda it: getattr(it.fact, "mark", None))
    recorded_at = fields.AwareDateTime()
    page = fields.Function(lambda it: f"{LISTS[it.page[0]]}/{it.page[1]}" if it.page else None)


class EventFilters(WhenFilters):
    """What the timeline of a site can be narrowed to."""

    kind = fields.List(Choice(EventKind), metadata={"label": _l("Kind")})
    begin = fields.Date(load_default=None, metadata={"label": _l("From the day")})
    end = fields.Date(load_default=None, metadata={"label": _l("To the day")})


def timeline(
    site: Site,
    *,
    kind: list[EventKind] | None = None,
    begin: date | None = None,
    end: date | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> list[Event]:
    """Events of `site` as of a date, newest first; one statement for each kind that is asked."""
    when = When.of(as_of, known_on)
    found = [
        event
        for name, tell in TOLD.items()
        if not kind or name in kind
        for event in tell(site, when)
        if (begin is None or event.on >= begin) and (end is None or event.on <= end)
    ]
    return sorted(found, key=lambda it: (it.on, str(it.recorded_at), it.text), reverse=True)


def _selection(site: Site, when: When) -> Found:
    if site.selected_on <= when.as_of:
        yield Event(EventKind.SELECTION, site.selected_on, _("Selected"), site)


def _progress(site: Site, when: When) -> Found:
    query = held(Progress, when).where(Progress.site_id == site.id)
    for fact in db.session.scalars(query.options(joinedload(Progress.deployment))).unique():
        about = _about(fact.deployment)
        text = f"{about}{word(fact.state)}. {said(fact, 'text')}"
        yield Event(EventKind.PROGRESS, fact.on, text, fact, fact.precision, _page(fact.deployment))


def _quantities(site: Site, when: When) -> Found:
    query = held(Quantity, when).join(Quantity.deployment).where(Deployment.site_id == site.id)
    for fact in db.session.scalars(query.options(joinedload(Quantity.deployment))).unique():
        count = _("unknown") if fact.value is None else number(fact.value)
        if fact.approximate:
            count = _("about %(n)s", n=count)
        it = fact.deployment
        text = f"{_about(it)}{word(fact.stage)} {count} ({word(it.unit)})"
        yield Event(EventKind.QUANTITY, fact.on, text, fact, fact.precision, _page(it))


def _money(site: Site, when: When) -> Found:
    query = held(Money, when).where(Money.site_id == site.id)
    for fact in db.session.scalars(query).unique():
        text = f"{word(fact.fund)}: {word(fact.stage)} {won(fact.amount_won)}"
        yield Event(EventKind.MONEY, fact.on, text, fact, fact.precision)


def _sessions(site: Site, when: When) -> Found:
    query = find_sessions(site=site, as_of=when.as_of, known_on=when.known_on)
    for it in db.session.scalars(query).unique():
        if it.held_on:
            text = f"{word(it.kind)} · {said(it.host, 'name')}"
            page = ("session", it.slug)
            yield Event(EventKind.COACHING, it.held_on, text, it, it.precision, page)


# In the order in which kinds are offered as filters.
TOLD: dict[EventKind, Callable[[Site, When], Found]] = {
    EventKind.SELECTION: _selection,
    EventKind.PROGRESS: _progress,
    EventKind.QUANTITY: _quantities,
    EventKind.MONEY: _money,
    EventKind.COACHING: _sessions,
}


def _about(deployment: Deployment | None) -> str:
    return f"{said(deployment.solution, 'name')}: " if deployment else ""


def _page(deployment: Deployment | None) -> tuple[str, str] | None:
    return ("deployment", deployment.slug) if deployment else None


def _slug_of(event: Event, name: str) -> str | None:
    thing = getattr(event.fact, name, None)
    return thing.slug if thing is not None else None
