"""Routes of the rubric: its page and its JSON twin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.grading import rubric
from catalog.grading.grades import Grade
from catalog.views import bp
from common.api import Route
from common.locale import word
from common.permissions import Can, requires
from common.schema import Choice, Schema
from common.web import asked, reply


class PointsSchema(Schema):
    """Points for one value; a value of null is *unknown*."""

    criterion = Choice(rubric.Criterion)
    value = fields.Function(lambda row: row.value and row.value.value)
    words = fields.Function(lambda row: word(row.value))
    points = fields.Integer()


class CapSchema(Schema):
    """A best grade that no number of points lifts."""

    value = fields.Function(lambda cap: cap.value.value)
    words = fields.Function(lambda cap: word(cap.value))
    grade = Choice(Grade)


class RubricSchema(Schema):
    """The rubric as the API tells it."""

    version = fields.String()
    effective_on = fields.Date()
    most_points = fields.Integer()
    points = fields.List(fields.Nested(PointsSchema))
    cut_offs = fields.Function(
        lambda it: {grade.value: least for grade, least in it.cut_offs.items()}
    )
    caps = fields.List(fields.Nested(CapSchema))
    unrated = fields.Function(lambda it: {why.value: word(why) for why in it.reasons})


@dataclass(frozen=True)
class Rubric:
    """The rubric in force."""

    version: str = rubric.VERSION
    effective_on: date = rubric.EFFECTIVE_ON
    most_points: int = rubric.MOST_POINTS
    points: tuple[rubric.Row, ...] = rubric.POINTS
    caps: tuple[rubric.Cap, ...] = rubric.CAPS
    reasons: tuple[rubric.Unrated, ...] = tuple(rubric.Unrated)

    @property
    def cut_offs(self) -> dict[Grade, int]:
        """The fewest points of each grade."""
        return rubric.CUT_OFFS

    @property
    def by_criterion(self) -> dict[rubric.Criterion, list[rubric.Row]]:
        """The points of each criterion."""
        return {
            criterion: [row for row in self.points if row.criterion is criterion]
            for criterion in rubric.Criterion
        }

    @property
    def caps_by_grade(self) -> dict[Grade, list[Any]]:
        """What is capped at each grade."""
        return {
            grade: [cap.value for cap in self.caps if cap.grade is grade]
            for grade in (Grade.B, Grade.C, Grade.D)
        }


@bp.get("/rubric", endpoint="rubric")
@requires(Can.READ)
def show() -> ResponseReturnValue:
    """The rubric by which evidence is graded."""
    asked(Schema())
    return reply("catalog/rubric.html", RubricSchema(), Rubric())


ROUTES = [
    Route("get", "/rubric", None, RubricSchema, _l("The rubric of evidence grades"), Schema),
]
