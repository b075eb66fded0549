"""Rows of compliance: how items are answered, by deployment, site, solution, item or stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.guidelines import Guideline, Level, Stage
from catalog.solutions import Solution
from common.db import db
from common.facts import When, WhenFilters
from common.locale import name_values
from common.schema import Choice, Ref, Schema
from tracker.checklists.adherence import entries_of
from tracker.checklists.compliance import Counts, Entry, Tally, grouped, tally
from tracker.rollout import find_deployments
from tracker.rounds import Track
from tracker.sites import Site, TrackOrAny


class By(StrEnum):
    """What a row of the list stands for."""

    DEPLOYMENT = "deployment"
    SITE = "site"
    SOLUTION = "solution"
    GUIDELINE = "guideline"
    ITEM = "item"
    STAGE = "stage"


name_values(
    {
        By.DEPLOYMENT: _l("By deployment"),
        By.SITE: _l("By site"),
        By.SOLUTION: _l("By solution"),
        By.GUIDELINE: _l("By guideline"),
        By.ITEM: _l("By item"),
        By.STAGE: _l("By stage"),
    }
)

THING: dict[By, Callable[[Entry], Any]] = {
    By.DEPLOYMENT: lambda entry: entry.deployment,
    By.SITE: lambda entry: entry.deployment.site,
    By.SOLUTION: lambda entry: entry.deployment.solution,
    By.GUIDELINE: lambda entry: entry.item.guideline,
    By.ITEM: lambda entry: entry.item,
    By.STAGE: lambda entry: entry.item.stage,
}


class ComplianceFilters(WhenFilters):
    """What compliance can be narrowed to, and what it is counted by."""

    by = Choice(By, load_default=By.DEPLOYMENT, metadata={"label": _l("Counted by")})
    track = TrackOrAny(Track, load_default=Track.DIFFUSION, metadata={"label": _l("Track")})
    site = Ref(Site, metadata={"label": _l("Site")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    guideline = Ref(Guideline, metadata={"label": _l("Guideline")})
    stage = fields.List(Choice(Stage), metadata={"label": _l("Stage")})
    level = fields.List(Choice(Level), metadata={"label": _l("Level")})


@dataclass(frozen=True)
class ComplianceRow:
    """A thing, and how the items are answered that concern it."""

    by: By
    thing: Any
    tally: Tally

    @property
    def key(self) -> str:
        """The short name of the thing."""
        return str(self.thing if self.by is By.STAGE else getattr(self.thing, type(self.thing).by))

    @property
    def all(self) -> Counts:
        """The counts of all items."""
        return self.tally.all

    @property
    def must(self) -> Counts:
        """The counts of the must-items."""
        return self.tally.must


class ComplianceSchema(Schema):
    """A row of compliance: every count of items as files and the API tell it."""

    by = Choice(By, dump_only=True)
    key = fields.String(dump_only=True)
    deployments = fields.Integer(attribute="tally.deployments", dump_only=True)
    items = fields.Integer(attribute="all.items", dump_only=True)
    meets = fields.Integer(attribute="all.meets", dump_only=True)
    deviates_approved = fields.Integer(attribute="all.deviates_approved", dump_only=True)
    deviates_refused = fields.Integer(attribute="all.deviates_refused", dump_only=True)
    deviates_pending = fields.Integer(attribute="all.deviates_pending", dump_only=True)
    not_applicable = fields.Integer(attribute="all.not_applicable", dump_only=True)
    not_yet = fields.Integer(attribute="all.not_yet", dump_only=True)
    unanswered = fields.Integer(attribute="all.unanswered", dump_only=True)
    applicable = fields.Integer(attribute="all.applicable", dump_only=True)
    met_share = fields.Float(attribute="all.met_share", dump_only=True)
    must_items = fields.Integer(attribute="must.items", dump_only=True)
    must_meets = fields.Integer(attribute="must.meets", dump_only=True)
    must_deviates_approved = fields.Integer(attribute="must.deviates_approved", dump_only=True)
    must_deviates_refused = fields.Integer(attribute="must.deviates_refused", dump_only=True)
    must_deviates_pending = fields.Integer(attribute="must.deviates_pending", dump_only=True)
    must_not_applicable = fields.Integer(attribute="must.not_applicable", dump_only=True)
    must_not_yet = fields.Integer(attribute="must.not_yet", dump_only=True)
    must_unanswered = fields.Integer(attribute="must.unanswered", dump_only=True)
    must_applicable = fields.Integer(attribute="must.applicable", dump_only=True)
    must_met_share = fields.Float(attribute="must.met_share", dump_only=True)
    must_open = fields.Integer(attribute="must.open", dump_only=True)


def rows_of(filters: Mapping[str, Any]) -> tuple[list[ComplianceRow], Tally]:
    """The rows that `filters` ask for, and the counts of all of them together."""
    where = {name: filters.get(name) for name in ("track", "site", "solution")}
    when = {name: filters.get(name) for name in ("as_of", "known_on")}
    deployments = db.session.scalars(find_deployments(**where, **when)).all()
    entries = [
        entry for entry in entries_of(deployments, When.of(**when)) if is_asked(entry, filters)
    ]
    by: By = filters["by"]
    groups = grouped(entries, THING[by])
    if by is By.STAGE:
        groups = {stage: groups[stage] for stage in Stage if stage in groups}
    return [ComplianceRow(by, it, tally(own)) for it, own in groups.items()], tally(entries)


def is_asked(entry: Entry, filters: Mapping[str, Any]) -> bool:
    """Whether `entry` is of the guideline, stage and level that were asked for."""
    guideline = filters.get("guideline")
    if guideline is not None and entry.item.guideline_id != guideline.id:
        return False
    kinds = (("stage", entry.item.stage), ("level", entry.item.level))
    return all(value in (filters.get(name) or [value]) for name, value in kinds)


def without_each(filters: Mapping[str, Any]) -> dict[str, int]:
    """How many rows there would be without each filter: the ways out of an empty list."""
    names = ("site", "solution", "guideline", "stage", "level")
    return {name: len(rows_of({**filters, name: None})[0]) for name in names if filters.get(name)}
