"""Evidence: measured effects of solutions, with counts, design, place, period and grade."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Select, case, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.effects import Effect, Estimated, EstimateKind, Sample, change_of_counts
from catalog.grades import Grade
from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Name, Slug, Text
from common.locale import name_values
from common.schema import Choice, Ref, Said, Schema, line, slug_field, text


class EvidenceKind(StrEnum):
    """What a number says about a solution."""

    OUTCOME = "outcome"
    SIDE_EFFECT = "side_effect"
    OUTPUT = "output"
    SATISFACTION = "satisfaction"
    FAILURE = "failure"
    PROBLEM_SIZE = "problem_size"
    FORECAST = "forecast"


class Design(StrEnum):
    """How the comparison was made."""

    RANDOMISED = "randomised"
    EMPIRICAL_BAYES = "empirical_bayes"
    MATCHED = "matched"
    CONTROL_AREAS = "control_areas"
    TIME_SERIES = "time_series"
    BEFORE_AFTER = "before_after"
    TREND = "trend"
    SINGLE_COUNT = "single_count"
    SURVEY = "survey"
    CENSUS = "census"
    REVIEW = "review"
    META_ANALYSIS = "meta_analysis"
    EXPERIMENT = "experiment"
    STATISTICS = "statistics"
    CLAIM = "claim"
    FORECAST = "forecast"
    PANEL = "panel"
    OBSERVATIONAL = "observational"
    AUDIT = "audit"


CONTROLLED = {Design.RANDOMISED, Design.EMPIRICAL_BAYES, Design.MATCHED, Design.CONTROL_AREAS}


class Counting(StrEnum):
    """How the thing was counted; passing by is never use."""

    USE = "use"
    EXPOSURE = "exposure"
    PASSING_BY = "passing_by"
    SURVEY = "survey"
    EVENTS = "events"
    CLAIM = "claim"
    MEASUREMENT = "measurement"


class Better(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"


# One call for each: members of two enums are equal when their values are, and so are their keys.
name_values(
    {
        EvidenceKind.OUTCOME: _l("Effect"),
        EvidenceKind.SIDE_EFFECT: _l("Side effect"),
        EvidenceKind.OUTPUT: _l("Amount of use or output"),
        EvidenceKind.SATISFACTION: _l("Satisfaction"),
        EvidenceKind.FAILURE: _l("Failure or ended service"),
        EvidenceKind.PROBLEM_SIZE: _l("Size of the problem"),
        EvidenceKind.FORECAST: _l("Forecast"),
    }
)
name_values(
    {
        Design.RANDOMISED: _l("randomised trial"),
        Design.EMPIRICAL_BAYES: _l("empirical Bayes before-after with controls"),
        Design.MATCHED: _l("matched control group"),
        Design.CONTROL_AREAS: _l("control areas"),
        Design.TIME_SERIES: _l("time series"),
        Design.BEFORE_AFTER: _l("before-after without control"),
        Design.TREND: _l("trend"),
        Design.SINGLE_COUNT: _l("count of one period"),
        Design.SURVEY: _l("survey"),
        Design.CENSUS: _l("full count"),
        Design.REVIEW: _l("review of studies"),
        Design.META_ANALYSIS: _l("meta-analysis"),
        Design.EXPERIMENT: _l("experiment"),
        Design.STATISTICS: _l("statistics"),
        Design.CLAIM: _l("claim"),
        Design.FORECAST: _l("forecast"),
        Design.PANEL: _l("panel data"),
        Design.OBSERVATIONAL: _l("observation"),
        Design.AUDIT: _l("audit"),
    }
)
name_values(
    {
        Counting.USE: _l("uses"),
        Counting.EXPOSURE: _l("exposure"),
        Counting.PASSING_BY: _l("passers-by"),
        Counting.SURVEY: _l("answers to a survey"),
        Counting.EVENTS: _l("events"),
        Counting.CLAIM: _l("claimed"),
        Counting.MEASUREMENT: _l("measured"),
    }
)
name_values(
    {
        Better.UP: _l("more is better"),
        Better.DOWN: _l("less is better"),
    }
)


class Evidence(Cited, Estimated, Model):
    """One measured effect of a solution, as its source gives it."""

    __tablename__ = "evidence"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint(
            "exposure_equal IS NOT TRUE OR (before IS NOT NULL AND after IS NOT NULL)",
            name="counts_given",
        ),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    solution_id: Mapped[int] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution] = relationship(back_populates="evidence", lazy="joined")
    kind: Mapped[EvidenceKind]
    measure_ko: Mapped[Line]
    measure_en: Mapped[Line]
    unit_ko: Mapped[Name | None]
    unit_en: Mapped[Name | None]
    better: Mapped[Better | None]
    place_ko: Mapped[Line | None]
    place_en: Mapped[Line | None]
    sample_ko: Mapped[Line | None]
    sample_en: Mapped[Line | None]
    period_ko: Mapped[Line | None]
    period_en: Mapped[Line | None]
    country: Mapped[Name | None]
    design: Mapped[Design | None]
    counting: Mapped[Counting | None]
    grade: Mapped[Grade | None] = mapped_column(index=True)
    no_grade_because_ko: Mapped[Line | None]
    no_grade_because_en: Mapped[Line | None]
    before: Mapped[float | None]
    after: Mapped[float | None]
    exposure_equal: Mapped[bool | None]
    estimate_kind: Mapped[EstimateKind | None]
    given_estimate: Mapped[float | None]
    given_low: Mapped[float | None]
    given_high: Mapped[float | None]
    no_interval_because_ko: Mapped[Line | None]
    no_interval_because_en: Mapped[Line | None]
    result_ko: Mapped[Line]
    result_en: Mapped[Line]
    caution_ko: Mapped[Text | None]
    caution_en: Mapped[Text | None]
    printed_ko: Mapped[Text | None]
    printed_en: Mapped[Text | None]
    headline: Mapped[bool] = mapped_column(default=False)

    @property
    def computed(self) -> Effect | None:
        """The rate ratio from the counts, where both periods are equally long."""
        if not self.exposure_equal or not self.before or self.after is None:
            return None
        return change_of_counts(Sample(int(self.before), 1), Sample(int(self.after), 1))

    @property
    def estimate(self) -> float | None:
        """The estimate: computed where the counts allow, else as the source gives it."""
        return self.computed.estimate if self.computed else self.given_estimate

    @property
    def low(self) -> float | None:
        """The low end of the 95 % interval; None where nobody knows it."""
        return self.computed.low if self.computed else self.given_low

    @property
    def high(self) -> float | None:
        """The high end of the 95 % interval; None where nobody knows it."""
        return self.computed.high if self.computed else self.given_high


class EvidenceSchema(CitedSchema):
    """Evidence as it is written down and as it is told."""

    slug = slug_field()
    solution = Ref(Solution, required=True, metadata={"label": _l("Solution")})
    kind = Choice(EvidenceKind, required=True, metadata={"label": _l("Kind")})
    measure_ko = line(500, required=True, label=_l("Measure in Korean"))
    measure_en = line(500, required=True, label=_l("Measure in English"))
    unit_ko = line(allow_none=True, load_default=None)
    unit_en = line(allow_none=True, load_default=None)
    better = Choice(Better, allow_none=True, load_default=None)
    place_ko = line(500, allow_none=True, load_default=None)
    place_en = line(500, allow_none=True, load_default=None)
    sample_ko = line(500, allow_none=True, load_default=None)
    sample_en = line(500, allow_none=True, load_default=None)
    period_ko = line(500, allow_none=True, load_default=None)
    period_en = line(500, allow_none=True, load_default=None)
    country = line(allow_none=True, load_default=None)
    design = Choice(Design, allow_none=True, load_default=None, metadata={"label": _l("Design")})
    counting = Choice(Counting, allow_none=True, load_default=None)
    grade = Choice(Grade, allow_none=True, load_default=None, metadata={"label": _l("Grade")})
    no_grade_because_ko = line(500, allow_none=True, load_default=None)
    no_grade_because_en = line(500, allow_none=True, load_default=None)
    before = fields.Float(allow_none=True, load_default=None)
    after = fields.Float(allow_none=True, load_default=None)
    exposure_equal = fields.Boolean(allow_none=True, load_default=None)
    estimate_kind = Choice(EstimateKind, allow_none=True, load_default=None)
    given_estimate = fields.Float(allow_none=True, load_default=None)
    given_low = fields.Float(allow_none=True, load_default=None)
    given_high = fields.Float(allow_none=True, load_default=None)
    estimate = fields.Float(dump_only=True)
    low = fields.Float(dump_only=True)
    high = fields.Float(dump_only=True)
    no_interval_because_ko = line(500, allow_none=True, load_default=None)
    no_interval_because_en = line(500, allow_none=True, load_default=None)
    result_ko = line(500, required=True)
    result_en = line(500, required=True)
    caution_ko = text(allow_none=True, load_default=None)
    caution_en = text(allow_none=True, load_default=None)
    printed_ko = text(allow_none=True, load_default=None)
    printed_en = text(allow_none=True, load_default=None)
    headline = fields.Boolean(load_default=False)

    @validates_schema
    def has_counts(self, values: dict[str, object], **_kwargs: object) -> None:
        """Equal exposure makes sense only with both counts, and a ratio needs a `before`."""
        if not values.get("exposure_equal"):
            return
        if not values.get("before") or values.get("after") is None:
            raise ValidationError(_("Give both counts, with more than 0 before."), "before")


class EvidenceToldSchema(EvidenceSchema):
    """Evidence as lists and the API tell it."""

    measure = Said()
    place = Said()
    period = Said()
    no_interval_because = Said()


class EvidenceFilters(Schema):
    """What the list of evidence can be narrowed to."""

    solution = Ref(Solution, metadata={"label": _l("Solution")})
    kind = fields.List(Choice(EvidenceKind), metadata={"label": _l("Kind")})
    grade = fields.List(Choice(Grade), metadata={"label": _l("Grade")})
    country = line(label=_l("Country"), load_default=None)


BEST_FIRST = case((Evidence.grade.is_(None), "Z"), else_=Evidence.grade)


def find_evidence(
    *,
    solution: Solution | None = None,
    kind: list[EvidenceKind] | None = None,
    grade: list[Grade] | None = None,
    country: str | None = None,
) -> Select[Evidence]:
    """Evidence on `solution`, best grade first."""
    query = select(Evidence).order_by(Evidence.solution_id, BEST_FIRST, Evidence.id)
    if solution:
        query = query.where(Evidence.solution_id == solution.id)
    if kind:
        query = query.where(Evidence.kind.in_(kind))
    if grade:
        query = query.where(Evidence.grade.in_(grade))
    if country:
        query = query.where(Evidence.country == country)
    return query
