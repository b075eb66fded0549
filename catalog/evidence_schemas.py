"""How evidence is written down, checked and told."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from catalog.effects.effects import EstimateKind
from catalog.grading.grades import Grade
from catalog.grading.impossible import impossible
from catalog.grading.studies import (
    Better,
    Compared,
    Counting,
    Design,
    EvidenceKind,
    Finding,
    Measurer,
)
from catalog.solutions import Solution
from catalog.sources import CitedSchema
from common.schema import Choice, Ref, Said, Whole, between, line, slug_field, text

LARGEST = 2_000_000_000
ABOVE_ZERO = validate.Range(min=0, min_inclusive=False, error=_l("Write a number above zero."))
NOT_NEGATIVE = validate.Range(min=0, error=_l("A spread is never below zero; check the number."))


class EvidenceSchema(CitedSchema):
    """Evidence as it is written down and as it is told."""

    slug = slug_field()
    solution = Ref(Solution, required=True, metadata={"label": _l("Solution")})
    kind = Choice(EvidenceKind, required=True, metadata={"label": _l("Kind")})
    measure_ko = line(500, required=True, label=_l("Measure in Korean"))
    measure_en = line(500, required=True, label=_l("Measure in English"))
    measure_key = slug_field(required=False, allow_none=True, load_default=None)
    unit_ko = line(allow_none=True, load_default=None)
    unit_en = line(allow_none=True, load_default=None)
    better = Choice(Better, allow_none=True, load_default=None)
    place_ko = line(500, allow_none=True, load_default=None)
    place_en = line(500, allow_none=True, load_default=None)
    sample_ko = line(500, allow_none=True, load_default=None)
    sample_en = line(500, allow_none=True, load_default=None)
    period_ko = line(500, allow_none=True, load_default=None)
    period_en = line(500, allow_none=True, load_default=None)
    before_from = fields.Date(allow_none=True, load_default=None)
    before_until = fields.Date(allow_none=True, load_default=None)
    after_from = fields.Date(allow_none=True, load_default=None)
    after_until = fields.Date(allow_none=True, load_default=None)
    country = line(allow_none=True, load_default=None)
    design = Choice(Design, allow_none=True, load_default=None, metadata={"label": _l("Design")})
    counting = Choice(Counting, allow_none=True, load_default=None)
    measured_by = Choice(
        Measurer, allow_none=True, load_default=None, metadata={"label": _l("Who measured")}
    )
    interest_ko = line(500, allow_none=True, load_default=None)
    interest_en = line(500, allow_none=True, load_default=None)
    funder_ko = line(500, allow_none=True, load_default=None)
    funder_en = line(500, allow_none=True, load_default=None)
    measured_year = Whole(allow_none=True, load_default=None, validate=between(1900, 2100))
    published_year = Whole(allow_none=True, load_default=None, validate=between(1900, 2100))
    review_by = fields.Date(allow_none=True, load_default=None)
    grade = Choice(Grade, dump_only=True, metadata={"label": _l("Grade")})
    given_grade = Choice(
        Grade, allow_none=True, load_default=None, metadata={"label": _l("Grade by hand")}
    )
    no_grade_because_ko = line(500, allow_none=True, load_default=None)
    no_grade_because_en = line(500, allow_none=True, load_default=None)
    compared = Choice(Compared, allow_none=True, load_default=None)
    before = fields.Float(allow_none=True, load_default=None)
    after = fields.Float(allow_none=True, load_default=None)
    before_of = Whole(allow_none=True, load_default=None, validate=between(1, LARGEST))
    after_of = Whole(allow_none=True, load_default=None, validate=between(1, LARGEST))
    before_exposure = fields.Float(allow_none=True, load_default=None, validate=ABOVE_ZERO)
    after_exposure = fields.Float(allow_none=True, load_default=None, validate=ABOVE_ZERO)
    exposure_unit_ko = line(allow_none=True, load_default=None)
    exposure_unit_en = line(allow_none=True, load_default=None)
    exposure_equal = fields.Boolean(allow_none=True, load_default=None)
    before_sd = fields.Float(allow_none=True, load_default=None, validate=NOT_NEGATIVE)
    after_sd = fields.Float(allow_none=True, load_default=None, validate=NOT_NEGATIVE)
    before_n = Whole(allow_none=True, load_default=None, validate=between(1, LARGEST))
    after_n = Whole(allow_none=True, load_default=None, validate=between(1, LARGEST))
    estimate_kind = Choice(EstimateKind, allow_none=True, load_default=None)
    given_estimate = fields.Float(allow_none=True, load_default=None)
    given_low = fields.Float(allow_none=True, load_default=None)
    given_high = fields.Float(allow_none=True, load_default=None)
    printed_change_pct = fields.Float(allow_none=True, load_default=None)
    estimate = fields.Float(dump_only=True)
    low = fields.Float(dump_only=True)
    high = fields.Float(dump_only=True)
    no_interval_because_ko = line(500, allow_none=True, load_default=None)
    no_interval_because_en = line(500, allow_none=True, load_default=None)
    finding = Choice(Finding, allow_none=True, load_default=None)
    result_ko = line(500, required=True)
    result_en = line(500, required=True)
    caution_ko = text(allow_none=True, load_default=None)
    caution_en = text(allow_none=True, load_default=None)
    printed_ko = text(allow_none=True, load_default=None)
    printed_en = text(allow_none=True, load_default=None)
    headline = fields.Boolean(load_default=False)

    @validates_schema(skip_on_field_errors=False)
    def is_possible(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """No study finds what cannot be. A mismatch with what is printed is kept, not refused."""
        found = impossible(values)
        if found:
            raise ValidationError(found)


class EvidenceToldSchema(EvidenceSchema):
    """Evidence as lists and the API tell it."""

    measure = Said()
    place = Said()
    period = Said()
    no_interval_because = fields.String(attribute="why_no_interval", dump_only=True)
    no_grade_because = fields.String(attribute="why_no_grade", dump_only=True)
    rubric_points = fields.Integer(attribute="rating.points", dump_only=True)
    computed_change_pct = fields.Float(dump_only=True)
    is_mismatched = fields.Boolean(dump_only=True)
    year = fields.Integer(dump_only=True)
    found = Choice(Finding, dump_only=True)
    discrepancies = fields.List(fields.Pluck("DiscrepancySchema", "slug"), dump_only=True)
