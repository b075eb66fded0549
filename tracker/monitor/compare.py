"""Compare: the figures of a level on two days, and their differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.solutions import Solution
from common.db import db
from common.facts import When, WhenFilters
from common.schema import Ref, Schema, line
from tracker.monitor.dashboard import Figures, FiguresSchema, figures
from tracker.monitor.drill import Drill, Level, LevelSchema, drill, province_of, record_of
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records
from tracker.rounds import Track
from tracker.sites import Site, TrackOrAny

# The figures that are compared, and how each is written.
COMPARED: dict[str, tuple[Any, str]] = {
    "sites": (_l("Sites"), "number"),
    "deployments": (_l("Deployments"), "number"),
    "committed_won": (_l("Committed"), "won"),
    "received_won": (_l("Received"), "won"),
    "spent_won": (_l("Spent"), "won"),
    "match_shortfall_won": (_l("Local money lacking"), "won"),
    "bac_won": (_l("Budget at completion (BAC)"), "won"),
    "pv_won": (_l("Planned value (PV)"), "won"),
    "ev_won": (_l("Earned value (EV)"), "won"),
    "ac_won": (_l("Actual cost (AC)"), "won"),
    "spi": (_l("Schedule performance (SPI)"), "number"),
    "cpi": (_l("Cost performance (CPI)"), "number"),
    "median_months_to_start": (_l("Months to start, middle"), "number"),
    "working_qty": (_l("Units working"), "number"),
    "agreed_min": (_l("Coaching agreed, min"), "number"),
    "given_min": (_l("Coaching given, min"), "number"),
    "items_met": (_l("Guideline items met"), "number"),
}


@dataclass(frozen=True)
class Change:
    """One figure then and now; None for unknown."""

    name: str
    then: float | None
    now: float | None

    @property
    def difference(self) -> float | None:
        """Now less then; None where either is unknown."""
        return None if self.then is None or self.now is None else self.now - self.then

    @property
    def label(self) -> Any:
        """What it is called."""
        return COMPARED[self.name][0]

    @property
    def is_money(self) -> bool:
        """Whether it is an amount in KRW."""
        return COMPARED[self.name][1] == "won"


class ChangeSchema(Schema):
    """A compared figure as the API tells it."""

    name = fields.String()
    then = fields.Raw()
    now = fields.Raw()
    difference = fields.Raw()


def changes(then: Level, now: Level) -> list[Change]:
    """Every compared figure of a level, as the API tells it, on both days."""
    told: list[Mapping[str, Any]] = [LevelSchema().dump(it) for it in (then, now)]
    return [Change(name, told[0][name], told[1][name]) for name in COMPARED]


@dataclass(frozen=True)
class Dashboard:
    """The figures of a page with its level, the levels below, and what changed since a day."""

    figures: Figures
    drill: Drill
    against: date | None = None
    changes: Sequence[Change] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.figures, name)


class DashboardSchema(FiguresSchema):
    """The dashboard as JSON tells it, with its levels."""

    level = fields.Nested(LevelSchema, attribute="drill.level")
    parts = fields.List(fields.Nested(LevelSchema), attribute="drill.parts")
    against = fields.Date()
    changes = fields.List(fields.Nested(ChangeSchema))


class DashboardFilters(WhenFilters):
    """What the dashboard can be narrowed to, and the day that it is compared with."""

    track = TrackOrAny(Track, load_default=Track.DIFFUSION, metadata={"label": _l("Track")})
    solution = Ref(Solution, load_default=None, metadata={"label": _l("Solution")})
    province = line(load_default=None, label=_l("Province"))
    site = Ref(Site, load_default=None, metadata={"label": _l("Site")})
    against = fields.Date(load_default=None, metadata={"label": _l("Compare with the day")})


def dashboard_of(asked: Mapping[str, Any]) -> Dashboard:
    """The dashboard that `asked` asks for; a fixed number of statements."""
    when = When.of(asked["as_of"], asked["known_on"])
    records = chosen(asked, when)
    now = level(records, when, asked)
    found: list[Change] = []
    if asked["against"]:
        before = When.of(asked["against"], asked["known_on"])
        found = changes(level(chosen(asked, before), before, asked).level, now.level)
    return Dashboard(figures(records, when), now, asked["against"], found)


def chosen(asked: Mapping[str, Any], when: When) -> list[SiteRecord]:
    """What is known by `when` of the sites that are asked for."""
    site, province = asked["site"], asked["province"]
    query = find_sites(
        track=None if site else asked["track"],
        solution=asked["solution"],
        as_of=when.as_of,
        known_on=when.known_on,
    )
    if site:
        query = query.where(Site.id == site.id)
    rows = db.session.scalars(query.options(*WITH_TOWN)).all()
    if province:
        rows = [it for it in rows if province_of(it) == province]
    return site_records(rows, when.as_of, when.known_on)


def level(records: Sequence[SiteRecord], when: When, asked: Mapping[str, Any]) -> Drill:
    """The level that is asked for, of the sites in `records`."""
    known = record_of(records, when, asked["solution"])
    only = records[0] if asked["site"] and records else None
    return drill(known, asked["province"], only)
