"""Indicators: what is counted to see whether a solution does its work, and how it may be."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.grading.studies import Better, Counting
from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Name, Slug, Words
from common.locale import name_values
from common.schema import Choice, Ref, Schema, line, slug_field

LONGEST_CODE = 40


class IndicatorKind(StrEnum):
    """What kind of number it is, and with that how its effect is worked out."""

    RATE = "rate"
    PROPORTION = "proportion"
    MEAN = "mean"


name_values(
    {
        IndicatorKind.RATE: _l("count per exposure"),
        IndicatorKind.PROPORTION: _l("share"),
        IndicatorKind.MEAN: _l("mean"),
    }
)


class Indicator(Cited, Model):
    """Something that is counted, against what, and the ways of counting that are allowed."""

    __tablename__ = "indicator"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("plausible_low <= plausible_high", name="range"),
        # What an outcome points to, so that the database itself knows what is use.
        UniqueConstraint("id", "of_use"),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    solution_id: Mapped[int | None] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution | None] = relationship(lazy="joined")  # None: every solution
    name_ko: Mapped[Line]
    name_en: Mapped[Line]
    kind: Mapped[IndicatorKind]
    of_use: Mapped[bool]
    counting: Mapped[Words]
    numerator_ko: Mapped[Line]
    numerator_en: Mapped[Line]
    denominator_ko: Mapped[Line | None]
    denominator_en: Mapped[Line | None]
    unit_ko: Mapped[Name]
    unit_en: Mapped[Name]
    better: Mapped[Better | None]
    u4ssc: Mapped[Name | None]
    iso37122: Mapped[Name | None]
    plausible_low: Mapped[float | None]
    plausible_high: Mapped[float | None]

    @property
    def methods(self) -> list[Counting]:
        """The allowed ways of counting."""
        return [Counting(value) for value in self.counting]


class IndicatorSchema(CitedSchema):
    """An indicator as it is written down."""

    slug = slug_field()
    solution = Ref(Solution, allow_none=True, load_default=None, metadata={"label": _l("Solution")})
    name_ko = line(500, required=True, label=_l("Name in Korean"))
    name_en = line(500, required=True, label=_l("Name in English"))
    kind = Choice(IndicatorKind, required=True, metadata={"label": _l("Kind")})
    of_use = fields.Boolean(required=True, metadata={"label": _l("Counts use")})
    counting = fields.List(
        fields.String(
            validate=validate.OneOf(
                [method.value for method in Counting], error=_l("Choose one of: {choices}.")
            )
        ),
        required=True,
        validate=validate.Length(min=1, error=_l("Allow at least one way of counting.")),
        metadata={"label": _l("Ways of counting")},
    )
    numerator_ko = line(500, required=True, label=_l("What is counted, in Korean"))
    numerator_en = line(500, required=True, label=_l("What is counted, in English"))
    denominator_ko = line(500, allow_none=True, load_default=None)
    denominator_en = line(500, allow_none=True, load_default=None)
    unit_ko = line(required=True, label=_l("Unit in Korean"))
    unit_en = line(required=True, label=_l("Unit in English"))
    better = Choice(Better, allow_none=True, load_default=None)
    u4ssc = line(LONGEST_CODE, allow_none=True, load_default=None, label=_l("U4SSC code"))
    iso37122 = line(LONGEST_CODE, allow_none=True, load_default=None, label=_l("ISO 37122 clause"))
    plausible_low = fields.Float(allow_none=True, load_default=None)
    plausible_high = fields.Float(allow_none=True, load_default=None)

    @validates_schema
    def passing_by_is_no_use(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """An indicator of use never takes people who only pass by."""
        if values.get("of_use") and Counting.PASSING_BY in values.get("counting", []):
            raise ValidationError(
                _("Passing by is never use. Make an indicator of its own for passers-by."),
                "counting",
            )

    @validates_schema
    def says_of_what(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A share names its whole, and a range goes upwards."""
        is_share = values.get("kind") is IndicatorKind.PROPORTION
        if is_share and not (values.get("denominator_ko") and values.get("denominator_en")):
            raise ValidationError(_("Say what the share is a share of."), "denominator_ko")
        low, high = values.get("plausible_low"), values.get("plausible_high")
        if low is not None and high is not None and low > high:
            raise ValidationError(_("The low end may not be above the high end."), "plausible_low")


class IndicatorFilters(Schema):
    """What the list of indicators can be narrowed to."""

    solution = Ref(Solution, metadata={"label": _l("Solution")})
    kind = fields.List(Choice(IndicatorKind), metadata={"label": _l("Kind")})


def find_indicators(
    *, solution: Solution | None = None, kind: list[IndicatorKind] | None = None
) -> Select[Indicator]:
    """Indicators that a deployment of `solution` can be measured by, its own ones first."""
    query = select(Indicator).order_by(
        Indicator.solution_id.is_(None), Indicator.solution_id, Indicator.id
    )
    if solution:
        query = query.where(measures(solution))
    if kind:
        query = query.where(Indicator.kind.in_(kind))
    return query


def measures(solution: Solution) -> Any:
    """The condition that an indicator is one of `solution`, or one of every solution."""
    return or_(Indicator.solution_id == solution.id, Indicator.solution_id.is_(None))
