"""Offices: how a coach is reached, in which languages, and how much it can give in a month."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Line, Model, Words, db
from common.facts import Fact, FactSchema, today
from common.permissions import Can, Member, allowed
from common.schema import Ref, Schema, Whole, between, line
from tracker.coaching.codes import MaterialLanguage
from tracker.coaching.details import Codes

MOST_A_MONTH = 43_200  # the minutes of thirty days


class Office(Fact, Cited, Model):
    """What a coach told of itself on a day; unknown stays unknown."""

    __tablename__ = "coach_office"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint(f"capacity_min BETWEEN 0 AND {MOST_A_MONTH}", name="capacity"),
        CheckConstraint("capacity_sessions BETWEEN 0 AND 1000", name="sessions"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    reach_ko: Mapped[Line | None]
    reach_en: Mapped[Line | None]
    languages: Mapped[Words] = mapped_column(default=list)
    capacity_min: Mapped[int | None]
    capacity_sessions: Mapped[int | None]


class OfficeFields(Schema):
    """What an office tells."""

    reach_ko = line(
        500, allow_none=True, load_default=None, label=_l("How to reach the office, in Korean")
    )
    reach_en = line(
        500, allow_none=True, load_default=None, label=_l("How to reach the office, in English")
    )
    languages = Codes(
        MaterialLanguage, load_default=list, metadata={"label": _l("Languages of materials")}
    )
    capacity_min = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, MOST_A_MONTH),
        metadata={
            "label": _l("Minutes it can give in a month"),
            "unit": _l("min"),
            "hint": _l("Left empty, it stays unknown."),
        },
    )
    capacity_sessions = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, 1000),
        metadata={"label": _l("Sessions it can give in a month"), "unit": _l("sessions")},
    )


class OfficeReportSchema(OfficeFields):
    """What the office tells of itself: at least one thing, and no person's own number."""

    @validates_schema
    def says_something(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A report of nothing is no report."""
        if all(it in (None, []) for it in values.values()):
            raise ValidationError(_("Fill in at least one of the fields."), "reach_ko")


class OfficeSchema(OfficeFields, FactSchema, CitedSchema):
    """An office as files tell it."""

    model = Office

    organisation = Ref(Organisation, required=True, metadata={"label": _l("Organisation")})


def may_tell(who: Member | None, organisation: Organisation) -> bool:
    """Whether `who` may tell of the office of `organisation`: its own coaches and consultants."""
    return (
        who is not None and allowed(Can.OFFER_COACHING) and who.organisation_id == organisation.id
    )


def tell_office(organisation: Organisation, values: dict[str, Any], who: Any) -> Office:
    """What the office tells of itself today."""
    office = Office(
        key=f"office-{token_hex(6)}",
        on=today(),
        organisation=organisation,
        recorded_by=who,
        mark=Mark.REPORTED,
        **values,
    )
    db.session.add(office)
    return office
