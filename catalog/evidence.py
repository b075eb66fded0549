"""Evidence: measured effects of solutions, with numbers, design, measurer, period and grade."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import CheckConstraint, ForeignKey, Select, case, event, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.effects.effects import Effect, Estimated, EstimateKind, finding_of
from catalog.effects.numbers import Numbers, change_pct, effect_of
from catalog.grading.grades import Grade
from catalog.grading.rubric import CONTRADICTED_FROM, Rating, Study, rate
from catalog.grading.studies import (
    WITHOUT_CONTROL,
    Better,
    Compared,
    Counting,
    Design,
    EvidenceKind,
    Family,
    Finding,
    Measurer,
    family_of,
)
from catalog.solutions import Solution
from catalog.sources import Cited, Mark, must_be_cited
from common.db import Key, Line, Model, Name, Slug, Text
from common.locale import said, word
from common.schema import Choice, Ref, Schema, line

if TYPE_CHECKING:
    from catalog.discrepancies import Discrepancy

# Words that those who measure need together with the record are to be had here as well.
__all__ = [
    "Better",
    "Counting",
    "Design",
    "Evidence",
    "EvidenceFilters",
    "EvidenceKind",
    "find_evidence",
]
ROUNDING_PCT = 0.6  # a change printed in whole per cent may be off by that much


class Evidence(Cited, Estimated, Model):
    """One measured effect of a solution, as its source gives it."""

    __tablename__ = "evidence"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint(
            "exposure_equal IS NOT TRUE OR (before IS NOT NULL AND after IS NOT NULL)",
            name="counts_given",
        ),
        CheckConstraint("before >= 0 OR before_sd IS NOT NULL", name="before_counts"),
        CheckConstraint("after >= 0 OR after_sd IS NOT NULL", name="after_counts"),
        CheckConstraint("before <= before_of AND after <= after_of", name="parts_of_wholes"),
        CheckConstraint("before_exposure > 0 AND after_exposure > 0", name="exposures"),
        CheckConstraint("before_from <= before_until", name="before_period"),
        CheckConstraint("after_from <= after_until", name="after_period"),
        CheckConstraint(
            "given_low <= given_estimate AND given_estimate <= given_high", name="interval"
        ),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    solution_id: Mapped[int] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution] = relationship(back_populates="evidence", lazy="joined")
    kind: Mapped[EvidenceKind]
    measure_ko: Mapped[Line]
    measure_en: Mapped[Line]
    measure_key: Mapped[Name | None] = mapped_column(index=True)
    unit_ko: Mapped[Name | None]
    unit_en: Mapped[Name | None]
    better: Mapped[Better | None]
    place_ko: Mapped[Line | None]
    place_en: Mapped[Line | None]
    sample_ko: Mapped[Line | None]
    sample_en: Mapped[Line | None]
    period_ko: Mapped[Line | None]
    period_en: Mapped[Line | None]
    before_from: Mapped[date | None]
    before_until: Mapped[date | None]
    after_from: Mapped[date | None]
    after_until: Mapped[date | None]
    country: Mapped[Name | None]
    design: Mapped[Design | None]
    counting: Mapped[Counting | None]
    measured_by: Mapped[Measurer | None]
    interest_ko: Mapped[Line | None]
    interest_en: Mapped[Line | None]
    funder_ko: Mapped[Line | None]
    funder_en: Mapped[Line | None]
    measured_year: Mapped[int | None]
    published_year: Mapped[int | None]
    review_by: Mapped[date | None]
    grade: Mapped[Grade | None] = mapped_column(index=True)  # by the rubric, kept below
    given_grade: Mapped[Grade | None]
    no_grade_because_ko: Mapped[Line | None]
    no_grade_because_en: Mapped[Line | None]
    compared: Mapped[Compared | None]
    before: Mapped[float | None]
    after: Mapped[float | None]
    before_of: Mapped[int | None]
    after_of: Mapped[int | None]
    before_exposure: Mapped[float | None]
    after_exposure: Mapped[float | None]
    exposure_unit_ko: Mapped[Name | None]
    exposure_unit_en: Mapped[Name | None]
    exposure_equal: Mapped[bool | None]
    before_sd: Mapped[float | None]
    after_sd: Mapped[float | None]
    before_n: Mapped[int | None]
    after_n: Mapped[int | None]
    estimate_kind: Mapped[EstimateKind | None]
    given_estimate: Mapped[float | None]
    given_low: Mapped[float | None]
    given_high: Mapped[float | None]
    printed_change_pct: Mapped[float | None]
    no_interval_because_ko: Mapped[Line | None]
    no_interval_because_en: Mapped[Line | None]
    finding: Mapped[Finding | None]
    result_ko: Mapped[Line]
    result_en: Mapped[Line]
    caution_ko: Mapped[Text | None]
    caution_en: Mapped[Text | None]
    printed_ko: Mapped[Text | None]
    printed_en: Mapped[Text | None]
    headline: Mapped[bool] = mapped_column(default=False)
    discrepancies: Mapped[list[Discrepancy]] = relationship(
        back_populates="evidence", order_by="Discrepancy.id"
    )

    @property
    def numbers(self) -> Numbers:
        """What was counted or measured before and after, or in both groups."""
        return Numbers.of(self)

    @property
    def computed(self) -> Effect | None:
        """The effect from the numbers, where they allow one."""
        return effect_of(self.numbers)

    @property
    def estimate(self) -> float | None:
        """The estimate: computed where the numbers allow, else as the source gives it."""
        return self.computed.estimate if self.computed else self.given_estimate

    @property
    def low(self) -> float | None:
        """The low end of the 95 % interval; None where nobody knows it."""
        return self.computed.low if self.computed else self.given_low

    @property
    def high(self) -> float | None:
        """The high end of the 95 % interval; None where nobody knows it."""
        return self.computed.high if self.computed else self.given_high

    @property
    def why_no_interval(self) -> str | None:
        """Why there is no interval, in the reader's language; None where there is one."""
        if self.low is not None:
            return None
        written: str | None = said(self, "no_interval_because")
        reason = self.computed.because if self.computed else None
        return written or word(reason) or _("the source gives none")

    @property
    def computed_change_pct(self) -> float | None:
        """The change in per cent that the numbers give; None where they give none."""
        return change_pct(self.numbers)

    @property
    def is_mismatched(self) -> bool:
        """Whether the source prints a change that its own numbers do not give."""
        printed, ours = self.printed_change_pct, self.computed_change_pct
        return printed is not None and ours is not None and abs(printed - ours) > ROUNDING_PCT

    @property
    def is_contradicted(self) -> bool:
        """Whether what the source prints is too far off to be rated."""
        printed, ours = self.printed_change_pct, self.computed_change_pct
        if printed is None or ours is None:
            return False
        return self.is_mismatched and abs(printed - ours) >= CONTRADICTED_FROM * abs(ours)

    @property
    def rating(self) -> Rating:
        """The grade by the rubric, with the points that gave it or why there is none."""
        numbers = (self.before, self.after)
        return rate(
            Study(
                kind=EvidenceKind(self.kind),
                design=self.design,
                counting=self.counting,
                measured_by=self.measured_by,
                has_number=self.estimate is not None or None not in numbers,
                has_interval=self.low is not None,
                has_numbers=None not in numbers,
                is_missing=self.mark == Mark.NOT_FOUND,
                is_contradicted=self.is_contradicted,
                is_refused_by_reader=bool(self.no_grade_because_ko or self.no_grade_because_en),
            )
        )

    @property
    def why_no_grade(self) -> str | None:
        """Why it cannot be rated, in the reader's language; None where it is."""
        because = self.rating.because
        return (said(self, "no_grade_because") or word(because)) if because else None

    @property
    def family(self) -> Family | None:
        """The designs that it may be pooled with."""
        return family_of(self.design)

    @property
    def by_vendor(self) -> bool:
        """Whether the vendor measured; it stands behind its equals."""
        return self.measured_by == Measurer.VENDOR

    @property
    def may_regress(self) -> bool:
        """Whether part of the change may be regression to the mean: nothing was held against it."""
        return self.kind == EvidenceKind.OUTCOME and self.design in WITHOUT_CONTROL

    @property
    def found(self) -> Finding | None:
        """What the result comes to; None where it is no change or nobody says which way is good."""
        if self.kind == EvidenceKind.FAILURE:
            return Finding.FAILED
        return self.finding or finding_of(self, self.better)

    @property
    def year(self) -> int | None:
        """The newest year that it speaks of: measured, else published."""
        measured = self.after_until.year if self.after_until else self.measured_year
        return measured or self.published_year


@event.listens_for(Evidence, "before_insert")
@event.listens_for(Evidence, "before_update")
def _keep_grade(_mapper: Any, _connection: Any, evidence: Evidence) -> None:
    evidence.grade = evidence.rating.grade


class EvidenceFilters(Schema):
    """What the list of evidence can be narrowed to."""

    solution = Ref(Solution, metadata={"label": _l("Solution")})
    kind = fields.List(Choice(EvidenceKind), metadata={"label": _l("Kind")})
    grade = fields.List(Choice(Grade), metadata={"label": _l("Grade")})
    country = line(label=_l("Country"), load_default=None)
    unrated = fields.Boolean(load_default=None, metadata={"label": _l("Cannot be rated")})
    measured_by = fields.List(Choice(Measurer), metadata={"label": _l("Who measured")})


BEST_FIRST = case((Evidence.grade.is_(None), "Z"), else_=Evidence.grade)
VENDORS_LAST = case((Evidence.measured_by == Measurer.VENDOR, 1), else_=0)


def find_evidence(
    *,
    solution: Solution | None = None,
    kind: list[EvidenceKind] | None = None,
    grade: list[Grade] | None = None,
    country: str | None = None,
    unrated: bool | None = None,
    measured_by: list[Measurer] | None = None,
) -> Select[Evidence]:
    """Evidence on `solution`, best grade first and what vendors say last within it."""
    order = (Evidence.solution_id, BEST_FIRST, VENDORS_LAST, Evidence.id)
    query = select(Evidence).order_by(*order)
    if solution:
        query = query.where(Evidence.solution_id == solution.id)
    if kind:
        query = query.where(Evidence.kind.in_(kind))
    if grade:
        query = query.where(Evidence.grade.in_(grade))
    if unrated is not None:
        query = query.where(Evidence.grade.is_(None) if unrated else Evidence.grade.is_not(None))
    if measured_by:
        query = query.where(Evidence.measured_by.in_(measured_by))
    if country:
        query = query.where(Evidence.country == country)
    return query
