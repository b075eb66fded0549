"""Timeline: everything dated that is on record of a site, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.facts import Precision, When, WhenFilters
from common.locale import name_values
from common.schema import Choice, Schema
from tracker.sites import Site

Found = Iterator["Event"]
Teller = Callable[[Site, When], Found]
# Where the API has the page that says more, by the name of its endpoint.
PATHS = {
    "deployment": "deployments/{}",
    "session": "coaching/{}",
    "outcome": "outcomes/{}",
    "site_money": "sites/{}/money",
    "plan": "sites/{}/plan",
    "checklist": "deployments/{}/checklist",
}


class EventKind(StrEnum):
    """What an event of a site is about."""

    SELECTION = "selection"
    PROGRESS = "progress"
    QUANTITY = "quantity"
    MONEY = "money"
    PLAN = "plan"
    MILESTONE = "milestone"
    REPORT = "report"
    COACHING = "coaching"
    INSPECTION = "inspection"
    OUTCOME = "outcome"
    CHECKLIST = "checklist"


name_values(
    {
        EventKind.SELECTION: _l("Selection"),
        EventKind.PROGRESS: _l("Progress"),
        EventKind.QUANTITY: _l("Quantities"),
        EventKind.MONEY: _l("Money"),
        EventKind.PLAN: _l("Plan and revisions"),
        EventKind.MILESTONE: _l("Milestones"),
        EventKind.REPORT: _l("Monthly reports"),
        EventKind.COACHING: _l("Coaching"),
        EventKind.INSPECTION: _l("Inspections"),
        EventKind.OUTCOME: _l("Outcomes"),
        EventKind.CHECKLIST: _l("Checklists"),
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
    page = fields.Function(lambda it: PATHS[it.page[0]].format(it.page[1]) if it.page else None)


class EventFilters(WhenFilters):
    """What the timeline of a site can be narrowed to."""

    kind = fields.List(Choice(EventKind), metadata={"label": _l("Kind")})
    begin = fields.Date(load_default=None, metadata={"label": _l("From the day")})
    end = fields.Date(load_default=None, metadata={"label": _l("To the day")})


def timeline(
    site: Site,
    tellers: Mapping[EventKind, Teller],
    *,
    kind: list[EventKind] | None = None,
    begin: date | None = None,
    end: date | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> list[Event]:
    """Events of `site` as of a date, newest first, as `tellers` tell each kind that is asked."""
    when = When.of(as_of, known_on)
    found = [
        event
        for name, tell in tellers.items()
        if not kind or name in kind
        for event in tell(site, when)
        if (begin is None or event.on >= begin) and (end is None or event.on <= end)
    ]
    return sorted(found, key=lambda it: (it.on, str(it.recorded_at), it.text), reverse=True)


def _slug_of(event: Event, name: str) -> str | None:
    thing = getattr(event.fact, name, None)
    return thing.slug if thing is not None else None
