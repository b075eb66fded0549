"""Experiences: who went before with a solution and can coach others."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Slug, Text
from common.schema import Ref, Whole, between, line, slug_field, text


class Experience(Cited, Model):
    """What an organisation has working experience of."""

    __tablename__ = "experience"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    solution_id: Mapped[int | None] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution | None] = relationship(back_populates="experiences")
    text_ko: Mapped[Text]
    text_en: Mapped[Text]
    since: Mapped[int | None]
    quantity: Mapped[int | None]
    quantity_ko: Mapped[Line | None]
    quantity_en: Mapped[Line | None]


class ExperienceSchema(CitedSchema):
    """An experience as it is written down."""

    slug = slug_field()
    organisation = Ref(Organisation, required=True, metadata={"label": _l("Organisation")})
    solution = Ref(Solution, allow_none=True, load_default=None, metadata={"label": _l("Solution")})
    text_ko = text(required=True, label=_l("Text in Korean"))
    text_en = text(required=True, label=_l("Text in English"))
    since = Whole(allow_none=True, load_default=None, validate=between(1990, 2100))
    quantity = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, 10**7),
        metadata={"label": _l("How many")},
    )
    quantity_ko = line(500, allow_none=True, load_default=None, label=_l("Of what, in Korean"))
    quantity_en = line(500, allow_none=True, load_default=None, label=_l("Of what, in English"))
