"""Organisations: ministry, provinces, municipalities and agencies that accounts belong to."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped

from common.db import Key, Model, Name, Slug
from common.locale import name_values
from common.schema import Choice, Schema, line, slug_field


class OrganisationKind(StrEnum):
    """What an organisation is in the programme."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    AGENCY = "agency"


name_values(
    {
        OrganisationKind.MINISTRY: _l("Ministry"),
        OrganisationKind.PROVINCE: _l("Province or metropolitan city"),
        OrganisationKind.MUNICIPALITY: _l("Municipality"),
        OrganisationKind.AGENCY: _l("Professional agency"),
    }
)


class Organisation(Model):
    """A public body or agency that takes part."""

    __tablename__ = "organisation"

    id: Mapped[Key]
    slug: Mapped[Slug]
    name_ko: Mapped[Name]
    name_en: Mapped[Name]
    kind: Mapped[OrganisationKind]


class OrganisationSchema(Schema):
    """An organisation as it is written down."""

    slug = slug_field()
    name_ko = line(required=True, label=_l("Name in Korean"))
    name_en = line(required=True, label=_l("Name in English"))
    kind = Choice(OrganisationKind, required=True, metadata={"label": _l("Kind")})
