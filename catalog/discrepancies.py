"""Discrepancies: places where sources disagree, both versions side by side."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.evidence import Evidence
from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Slug, Text
from common.schema import Ref, Schema, line, slug_field, text


class Discrepancy(Cited, Model):
    """Two versions of one fact."""

    __tablename__ = "discrepancy"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    title_ko: Mapped[Line]
    title_en: Mapped[Line]
    one_ko: Mapped[Text]
    one_en: Mapped[Text]
    other_ko: Mapped[Text]
    other_en: Mapped[Text]
    solution_id: Mapped[int | None] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution | None] = relationship(lazy="joined")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    evidence: Mapped[Evidence | None] = relationship(back_populates="discrepancies")


class DiscrepancySchema(CitedSchema):
    """A discrepancy as it is written down."""

    slug = slug_field()
    title_ko = line(500, required=True, label=_l("Title in Korean"))
    title_en = line(500, required=True, label=_l("Title in English"))
    one_ko = text(required=True)
    one_en = text(required=True)
    other_ko = text(required=True)
    other_en = text(required=True)
    solution = Ref(Solution, allow_none=True, load_default=None, metadata={"label": _l("Solution")})
    evidence = Ref(Evidence, allow_none=True, load_default=None, metadata={"label": _l("Evidence")})


class DiscrepancyFilters(Schema):
    """What the list of discrepancies can be narrowed to."""

    solution = Ref(Solution, metadata={"label": _l("Solution")})


def find_discrepancies(*, solution: Solution | None = None) -> Select[Discrepancy]:
    """Discrepancies about `solution`, in the order they were noted."""
    query = select(Discrepancy).order_by(Discrepancy.id)
    return query.where(Discrepancy.solution_id == solution.id) if solution else query
