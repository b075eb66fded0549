"""Municipalities: where sites are, with codes and populations that hold for a time."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import CheckConstraint, ForeignKey, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, with_loader_criteria

from accounts.organisations import Organisation
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Model, Name, Slug
from common.facts import Fact, FactSchema, When, WhenFilters, stood
from common.schema import Ref, Whole, between, line, slug_field


class Municipality(Cited, Model):
    """A city, county or metropolitan city that takes part, with the place of its hall."""

    __tablename__ = "municipality"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    lat: Mapped[float | None]
    lon: Mapped[float | None]

    codes: Mapped[list[MunicipalityCode]] = relationship(
        back_populates="municipality",
        # PostgreSQL would put a beginning that is not known last.
        order_by=lambda: MunicipalityCode.valid_from.nulls_first(),  # noqa: PLW0108 - defined below
    )
    populations: Mapped[list[Population]] = relationship(
        back_populates="municipality", order_by="Population.on"
    )

    @property
    def name_ko(self) -> str:
        """Its name in Korean."""
        return self.organisation.name_ko

    @property
    def name_en(self) -> str:
        """Its name in English."""
        return self.organisation.name_en

    @property
    def short_ko(self) -> str:
        """Its name in Korean as a map writes it: 속초 for 속초시, 울산 for 울산광역시."""
        return re.sub(r"(?<=..)(특별자치시|특별시|광역시|시|군|구)$", "", self.name_ko)

    @property
    def short_en(self) -> str:
        """Its name in English as a map writes it: Sokcho for Sokcho-si."""
        return self.name_en.partition("-")[0]


class MunicipalityCode(Cited, Model):
    """Administrative standard code (MOIS, first five digits) and province, while they held."""

    __tablename__ = "municipality_code"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", "span"),
    )
    by = "key"

    id: Mapped[Key]
    key: Mapped[Slug]
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    municipality: Mapped[Municipality] = relationship(back_populates="codes")
    code: Mapped[Name]
    province_ko: Mapped[Name]
    province_en: Mapped[Name]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    def holds(self, day: date) -> bool:
        """Whether this was the code on `day`."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class Population(Fact, Cited, Model):
    """Residents on the register of a municipality on a day."""

    __tablename__ = "population"
    __table_args__ = (must_be_cited(), CheckConstraint("residents >= 0", "count"))

    id: Mapped[Key]
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    municipality: Mapped[Municipality] = relationship(back_populates="populations")
    residents: Mapped[int]


class MunicipalitySchema(CitedSchema):
    """A municipality as it is written down."""

    slug = slug_field()
    organisation = Ref(Organisation, required=True, metadata={"label": _l("Organisation")})
    name_ko = fields.String(dump_only=True)
    name_en = fields.String(dump_only=True)
    lat = fields.Float(allow_none=True, load_default=None, validate=between(-90, 90))
    lon = fields.Float(allow_none=True, load_default=None, validate=between(-180, 180))


class MunicipalityCodeSchema(CitedSchema):
    """A code as it is written down."""

    key = slug_field()
    municipality = Ref(Municipality, required=True, metadata={"label": _l("Municipality")})
    code = line(required=True, label=_l("Code"))
    province_ko = line(required=True, label=_l("Province in Korean"))
    province_en = line(required=True, label=_l("Province in English"))
    valid_from = fields.Date(allow_none=True, load_default=None)
    valid_to = fields.Date(allow_none=True, load_default=None)


class PopulationSchema(FactSchema, CitedSchema):
    """A population as it is written down."""

    model = Population

    municipality = Ref(Municipality, required=True, metadata={"label": _l("Municipality")})
    residents = Whole(
        required=True,
        validate=between(0, 100_000_000),
        metadata={"unit": _l("people")},
    )


class WholeMunicipalitySchema(MunicipalitySchema):
    """A municipality with its codes and populations."""

    codes = fields.List(fields.Nested(MunicipalityCodeSchema), dump_only=True)
    populations = fields.List(fields.Nested(PopulationSchema), dump_only=True)


class MunicipalityFilters(WhenFilters):
    """What the list of municipalities can be narrowed to."""

    q = line(label=_l("Search"), load_default=None)


def find_municipalities(*, q: str | None = None, **_when: date | None) -> Select[Municipality]:
    """Municipalities whose names hold `q`, by slug."""
    query = select(Municipality).join(Municipality.organisation).order_by(Municipality.slug)
    if q:
        names = (Organisation.name_ko, Organisation.name_en, Organisation.slug)
        query = query.where(or_(*(name.icontains(q.strip(), autoescape=True) for name in names)))
    return query


def as_they_stood(when: When) -> list[Any]:
    """What makes codes and populations load as they stood on a day."""
    begun = or_(MunicipalityCode.valid_from.is_(None), MunicipalityCode.valid_from <= when.as_of)
    return [
        with_loader_criteria(MunicipalityCode, begun),
        with_loader_criteria(Population, stood(Population, when)),
    ]


def codes_on(day: date) -> Select[MunicipalityCode]:
    """The code of each municipality that held on `day`."""
    return select(MunicipalityCode).where(
        or_(MunicipalityCode.valid_from.is_(None), MunicipalityCode.valid_from <= day),
        or_(MunicipalityCode.valid_to.is_(None), MunicipalityCode.valid_to >= day),
    )
