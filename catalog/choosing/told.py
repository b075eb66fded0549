"""Told: what the selector answers to programs, and to files."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from catalog.choosing.benefit import Direction
from catalog.choosing.choice import Standing
from catalog.choosing.coaches import TownKind
from catalog.choosing.selector import Plan
from catalog.conditions import Bearing, SiteFact, Verdict
from catalog.grading.grades import Grade
from common.schema import Choice, Said, Schema


class JudgedSchema(Schema):
    """A condition, and what the facts of the place say of it."""

    condition = fields.String(attribute="condition.key")
    text_ko = fields.String(attribute="condition.text_ko")
    text_en = fields.String(attribute="condition.text_en")
    fact = Choice(SiteFact, attribute="condition.fact")
    bearing = Choice(Bearing, attribute="condition.bearing")
    guideline_item = fields.String(attribute="condition.item.key")
    verdict = Choice(Verdict)


class PeerSchema(Schema):
    """A municipality that deploys it."""

    municipality = fields.String(attribute="organisation.slug")
    kind = Choice(TownKind)
    residents = fields.Integer()
    deployment = fields.String(attribute="told.slug")


class NearCoachSchema(Schema):
    """Somebody with working experience of it."""

    organisation = fields.String(attribute="organisation.slug")
    kind = Choice(TownKind)
    residents = fields.Integer()
    experience = fields.String(attribute="told.slug")


class CoachesSchema(Schema):
    """Who can coach, nearest first."""

    coaches = fields.List(fields.Nested(NearCoachSchema))


class CandidateSchema(Schema):
    """A solution that deals with a problem that was named."""

    solution = fields.String(attribute="solution.slug")
    name = Said()
    standing = Choice(Standing)
    weight = fields.Integer()
    grade = Choice(Grade)
    direction = Choice(Direction)
    points = fields.Integer(attribute="option.points")
    low_points = fields.Integer(attribute="option.low_points")
    unit_won = fields.Integer(attribute="cost.median_won")
    upkeep_won = fields.Integer(attribute="cost.upkeep_won_per_year")
    wanted = fields.Integer()
    broken = fields.List(fields.Nested(JudgedSchema))
    not_known = fields.List(fields.Nested(JudgedSchema), attribute="unknown")
    to_check = fields.List(fields.Nested(JudgedSchema))
    peers = fields.List(fields.Nested(PeerSchema))
    coaches = fields.List(fields.Nested(NearCoachSchema))

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The attribute; the two names are those of the solution."""
        return super().get_attribute(obj.solution if attr == "name" else obj, attr, default)


class PartSchema(Schema):
    """How many of a solution."""

    solution = fields.String(attribute="line.option.slug")
    quantity = fields.Integer(attribute="line.quantity")
    wanted = fields.Integer(attribute="line.option.wanted")
    cost_won = fields.Integer(attribute="line.cost_won")
    high_won = fields.Integer()
    upkeep_won = fields.Integer(attribute="line.upkeep_won")


class OfferSchema(Schema):
    """A package that fits the money."""

    plan = Choice(Plan, attribute="package.plan")
    points = fields.Float(attribute="package.points")
    low_points = fields.Float(attribute="package.low_points")
    low_unknown = fields.Integer()
    cost_won = fields.Integer(attribute="package.cost_won")
    national_won = fields.Integer()
    local_won = fields.Integer()
    left_won = fields.Integer()
    high_won = fields.Integer()
    over_won = fields.Integer()
    known_upkeep_won = fields.Integer(attribute="package.known_upkeep_won")
    upkeep_unknown = fields.Integer(attribute="package.upkeep_unknown")
    parts = fields.List(fields.Nested(PartSchema))


class ShortfallSchema(Schema):
    """What is missing before the smallest lot of a solution fits."""

    solution = fields.String(attribute="line.option.slug")
    quantity = fields.Integer(attribute="line.quantity")
    cost_won = fields.Integer(attribute="line.cost_won")
    missing_money_won = fields.Integer(attribute="money_won")
    missing_upkeep_won = fields.Integer(attribute="upkeep_won")


class ChoiceSchema(Schema):
    """All that the selector answers."""

    packages = fields.List(fields.Nested(OfferSchema), attribute="offers")
    candidates = fields.List(fields.Nested(CandidateSchema))
    shortfalls = fields.List(fields.Nested(ShortfallSchema))
    problem_not_recorded = fields.List(fields.String(), attribute="unrecorded_slugs")


class MemoSchema(Schema):
    """One package with all that is said for and against it."""

    package = fields.Nested(OfferSchema, attribute="offer")
    candidates = fields.List(fields.Nested(CandidateSchema), attribute="choice.candidates")
