"""What pages, files and the API tell of checklists: entries, answers and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import joinedload

from catalog.guidelines import Guideline, Item, Level, Stage
from catalog.solutions import Solution
from common.db import db
from common.facts import When
from common.schema import Choice, Ref, Schema
from tracker.checklists.checklists import (
    Approval,
    Check,
    CheckDecision,
    CheckDecisionSchema,
    CheckResult,
    CheckSchema,
    decided,
)
from tracker.checklists.compliance import Entry
from tracker.deployments import Deployment
from tracker.sites import Site

WITH_ITEM = (
    joinedload(Check.deployment),
    joinedload(Check.item).joinedload(Item.guideline).selectinload(Guideline.replaced_by),
)


@dataclass(frozen=True)
class CheckRecord:
    """An answer with the decision on it as of a date."""

    check: Check
    when: When
    decision: CheckDecision | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.check, name)

    @property
    def approval(self) -> Approval | None:
        """Where the deviation stands; None for every other answer."""
        return Entry(self.check.deployment, self.check.item, self.check, self.decision).approval


def check_records(
    checks: Sequence[Check], as_of: date | None = None, known_on: date | None = None
) -> list[CheckRecord]:
    """`checks` with the decisions that stand; one statement, however many there are."""
    when = When.of(as_of, known_on)
    told = decided(when).where(CheckDecision.check_id.in_([it.id for it in checks]))
    decisions = {it.check_id: it for it in db.session.scalars(told)}
    return [CheckRecord(it, when, decisions.get(it.id)) for it in checks]


class CheckToldSchema(CheckSchema):
    """An answer as lists and the API tell it."""

    site = Ref(Site, attribute="deployment.site", dump_only=True)
    guideline = Ref(Guideline, attribute="item.guideline", dump_only=True)
    stage = Choice(Stage, attribute="item.stage", dump_only=True)
    level = Choice(Level, attribute="item.level", dump_only=True)
    approval = Choice(Approval, dump_only=True)
    recorded_by = fields.String(attribute="recorded_by.organisation.slug", dump_only=True)


class WholeCheckSchema(CheckToldSchema):
    """An answer as its own page tells it, with the decision that stands."""

    decision = fields.Nested(CheckDecisionSchema, dump_only=True)


class CheckListSchema(Schema):
    """The answers that a report made."""

    checks = fields.List(fields.Nested(CheckToldSchema), dump_only=True)


class EntrySchema(Schema):
    """A line of a checklist: the item, and the answer that stands."""

    deployment = Ref(Deployment, dump_only=True)
    item = Ref(Item, dump_only=True)
    guideline = Ref(Guideline, dump_only=True)
    solution = Ref(Solution, dump_only=True)
    clause = fields.String(dump_only=True)
    stage = Choice(Stage, dump_only=True)
    level = Choice(Level, dump_only=True)
    text_ko = fields.String(dump_only=True)
    text_en = fields.String(dump_only=True)
    check_ko = fields.String(dump_only=True)
    check_en = fields.String(dump_only=True)
    condition_ko = fields.String(dump_only=True)
    condition_en = fields.String(dump_only=True)
    day_unknown = fields.Boolean(dump_only=True)
    in_the_way = fields.Boolean(dump_only=True)
    approval = Choice(Approval, dump_only=True)
    answered_by = fields.String(attribute="check.recorded_by.organisation.slug", dump_only=True)
    answered_at = fields.AwareDateTime(attribute="check.recorded_at", dump_only=True)
    answer = fields.String(attribute="check.key", dump_only=True)
    result = Choice(CheckResult, dump_only=True)
    reason = fields.String(attribute="check.reason", dump_only=True)
    evidence = fields.String(attribute="check.evidence", dump_only=True)
    link = fields.String(attribute="check.link", dump_only=True)
    on = fields.Date(attribute="check.on", dump_only=True)


class CountsSchema(Schema):
    """How many items there are of each answer, and the share that is met."""

    items = fields.Integer(dump_only=True)
    meets = fields.Integer(dump_only=True)
    deviates_approved = fields.Integer(dump_only=True)
    deviates_refused = fields.Integer(dump_only=True)
    deviates_pending = fields.Integer(dump_only=True)
    not_applicable = fields.Integer(dump_only=True)
    not_yet = fields.Integer(dump_only=True)
    unanswered = fields.Integer(dump_only=True)
    applicable = fields.Integer(dump_only=True)
    met_share = fields.Float(dump_only=True)


class TallySchema(Schema):
    """The counts of all items, and of the must-items among them."""

    all = fields.Nested(CountsSchema, dump_only=True)
    must = fields.Nested(CountsSchema, dump_only=True)


class ChecklistSchema(Schema):
    """The checklist of a deployment as of a date."""

    deployment = Ref(Deployment, dump_only=True)
    as_of = fields.Date(attribute="when.as_of", dump_only=True)
    known_on = fields.Date(attribute="when.known_on", dump_only=True)
    selected_on = fields.Date(dump_only=True)
    agreed_on = fields.Date(dump_only=True)
    tally = fields.Nested(TallySchema, dump_only=True)
    next_stage = Choice(Stage, dump_only=True)
    blocking = fields.List(fields.Pluck(EntrySchema, "item"), dump_only=True)
    later = fields.Method("later_texts", dump_only=True)
    items = fields.List(fields.Nested(EntrySchema), attribute="shown", dump_only=True)

    def later_texts(self, checklist: Any) -> dict[str, int]:
        """Texts that took effect after the selection, with how many items each has for it."""
        return {guideline.slug: items for guideline, items in checklist.later}
