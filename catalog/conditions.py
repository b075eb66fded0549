"""Conditions: what a place must have or do before a solution fits, as far as possible as rules."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.guidelines import Item
from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Model, Slug, Text
from common.locale import name_values
from common.schema import Choice, Ref, between, slug_field, text

LARGEST_VALUE = 10**9


class ConditionKind(StrEnum):
    """What a condition is about."""

    REVIEW = "review"
    PRIVACY = "privacy"
    SITE = "site"
    POWER_NETWORK = "power_network"
    STAFF = "staff"
    OTHER = "other"


class SiteFact(StrEnum):
    """What can be known of a place before anything is put there; yes is 1 and no is 0."""

    LANES = "lanes"
    SPEED = "speed_kmh"
    PROTECTED_ZONE = "protected_zone"
    ARTERIAL = "arterial"
    CROSSING_DISTANCE = "crossing_distance_m"
    GATE_DISTANCE = "gate_distance_m"
    SIDEWALK = "sidewalk_m"
    OWNER_CONSENT = "owner_consent"
    NEW_POWER = "new_power"
    NEW_NETWORK = "new_network"
    SHIFTS = "shifts"
    ICE_CRASHES = "ice_crashes"
    POPULATION = "population"


YES_OR_NO = {
    SiteFact.PROTECTED_ZONE,
    SiteFact.ARTERIAL,
    SiteFact.OWNER_CONSENT,
    SiteFact.NEW_POWER,
    SiteFact.NEW_NETWORK,
}
UNITS: dict[SiteFact, Any] = {
    SiteFact.LANES: _l("lanes"),
    SiteFact.SPEED: _l("km/h"),
    SiteFact.CROSSING_DISTANCE: _l("m"),
    SiteFact.GATE_DISTANCE: _l("m"),
    SiteFact.SIDEWALK: _l("m"),
    SiteFact.SHIFTS: _l("shifts"),
    SiteFact.ICE_CRASHES: _l("in 5 years"),
    SiteFact.POPULATION: _l("people"),
}


class Operator(StrEnum):
    """How a fact is held against the value of a rule."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS = "is"


class Bearing(StrEnum):
    """What follows where a rule is not kept."""

    EXCLUDES = "excludes"
    EXCLUDES_PART = "excludes_part"
    WARNS = "warns"


class Verdict(StrEnum):
    """What a place's facts say of a condition."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # the rule is there, the fact is not
    TO_CHECK = "to_check"  # there is no rule that a program could apply


name_values(
    {
        ConditionKind.REVIEW: _l("Review"),
        ConditionKind.PRIVACY: _l("Video and personal data"),
        ConditionKind.SITE: _l("Place"),
        ConditionKind.POWER_NETWORK: _l("Power and network"),
        ConditionKind.STAFF: _l("Staff"),
        ConditionKind.OTHER: _l("Other"),
        SiteFact.LANES: _l("Lanes, both ways together"),
        SiteFact.SPEED: _l("Speed limit"),
        SiteFact.PROTECTED_ZONE: _l("In a child, senior or disabled zone"),
        SiteFact.ARTERIAL: _l("On a main arterial road"),
        SiteFact.CROSSING_DISTANCE: _l("Distance to the next crosswalk, footbridge or underpass"),
        SiteFact.GATE_DISTANCE: _l("Distance to the main gate of the school or facility"),
        SiteFact.SIDEWALK: _l("Clear sidewalk that stays beside it"),
        SiteFact.OWNER_CONSENT: _l("The owner or manager of the private lot agrees"),
        SiteFact.NEW_POWER: _l("A new power supply is needed"),
        SiteFact.NEW_NETWORK: _l("A network is built or extended"),
        SiteFact.SHIFTS: _l("Shifts of control-room staff"),
        SiteFact.ICE_CRASHES: _l("Ice crashes within 200 m"),
        SiteFact.POPULATION: _l("Population"),
    }
)
name_values(
    {
        Operator.AT_LEAST: _l("at least"),
        Operator.AT_MOST: _l("at most"),
        Operator.IS: _l("is"),
        Bearing.EXCLUDES: _l("rules the solution out"),
        Bearing.EXCLUDES_PART: _l("rules this part out"),
        Bearing.WARNS: _l("asks for more work"),
        Verdict.KEPT: _l("met"),
        Verdict.BROKEN: _l("not met"),
        Verdict.UNKNOWN: _l("not known for this place"),
        Verdict.TO_CHECK: _l("to be checked by a person"),
    }
)


class Condition(Cited, Model):
    """What a place must have or do before a solution fits; with a rule where it can be measured."""

    __tablename__ = "condition"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint(
            "(fact IS NULL) = (operator IS NULL) AND (fact IS NULL) = (value IS NULL)"
            " AND (fact IS NULL) = (bearing IS NULL)",
            name="whole_rule",
        ),
    )
    by = "key"

    id: Mapped[Key]
    key: Mapped[Slug]
    solution_id: Mapped[int] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution] = relationship(back_populates="conditions")
    kind: Mapped[ConditionKind]
    text_ko: Mapped[Text]
    text_en: Mapped[Text]
    fact: Mapped[SiteFact | None]
    operator: Mapped[Operator | None]
    value: Mapped[float | None]
    bearing: Mapped[Bearing | None]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("guideline_item.id"), index=True)
    item: Mapped[Item | None] = relationship(lazy="joined")

    @property
    def unit(self) -> str | None:
        """The unit of its value; None for yes and no, and where there is no rule."""
        return str(UNITS[self.fact]) if self.fact in UNITS else None

    @property
    def yes_or_no(self) -> bool:
        """Whether its value is a yes or a no."""
        return self.fact in YES_OR_NO


def judge(it: Condition, facts: Mapping[SiteFact, float]) -> Verdict:
    """What `facts` of a place say of the condition."""
    if it.fact is None or it.value is None or it.mark is Mark.NOT_FOUND:
        return Verdict.TO_CHECK
    if it.fact not in facts:
        return Verdict.UNKNOWN
    found = facts[it.fact]
    kept = {
        Operator.AT_LEAST: found >= it.value,
        Operator.AT_MOST: found <= it.value,
        Operator.IS: found == it.value,
    }
    return Verdict.KEPT if it.operator and kept[it.operator] else Verdict.BROKEN


class ConditionSchema(CitedSchema):
    """A condition as it is written down."""

    key = slug_field()
    solution = Ref(Solution, required=True, metadata={"label": _l("Solution")})
    kind = Choice(ConditionKind, required=True, metadata={"label": _l("Kind")})
    text_ko = text(required=True, label=_l("Text in Korean"))
    text_en = text(required=True, label=_l("Text in English"))
    fact = Choice(SiteFact, allow_none=True, load_default=None)
    operator = Choice(Operator, allow_none=True, load_default=None)
    value = fields.Float(allow_none=True, load_default=None, validate=between(0, LARGEST_VALUE))
    unit = fields.String(dump_only=True)
    bearing = Choice(Bearing, allow_none=True, load_default=None)
    item = Ref(Item, allow_none=True, load_default=None)

    @validates_schema
    def is_a_whole_rule(self, values: dict[str, Any], **_kwargs: object) -> None:
        """A rule has all its parts, and asks of yes and no only whether they are."""
        parts = [values.get(name) for name in ("fact", "operator", "value", "bearing")]
        if parts.count(None) not in (0, len(parts)):
            raise ValidationError(
                _("A rule needs its fact, operator, value and bearing; give all four or none."),
                "fact",
            )
        fact, operator, value = parts[:3]
        if fact in YES_OR_NO and (operator is not Operator.IS or value not in (0, 1)):
            raise ValidationError(
                _("For a yes or no, the operator is “is” and the value 1 for yes or 0 for no."),
                "operator",
            )
