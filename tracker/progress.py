"""Progress: what is planned, installed and working, and what happened, as dated facts."""

from __future__ import annotations

from enum import StrEnum
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Model, Text, db
from common.facts import Fact, FactSchema, When, held, today
from common.locale import name_values
from common.schema import Choice, Ref, Schema, Whole, between, text
from tracker.deployments import Deployment
from tracker.sites import Site
from tracker.states import State

LARGEST_QUANTITY = 1_000_000


class QuantityStage(StrEnum):
    """Which quantity of a deployment is meant; the newer never hides the older."""

    PLANNED = "planned"
    REVISED = "revised"
    INSTALLED = "installed"
    ACCEPTED = "accepted"
    WORKING = "working"


name_values(
    {
        QuantityStage.PLANNED: _l("Planned"),
        QuantityStage.REVISED: _l("Revised plan"),
        QuantityStage.INSTALLED: _l("Installed"),
        QuantityStage.ACCEPTED: _l("Accepted"),
        QuantityStage.WORKING: _l("Working"),
    }
)


class Quantity(Fact, Cited, Model):
    """How many units of a deployment a stage counts on a day; a null value is unknown."""

    __tablename__ = "quantity"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("value >= 0", name="count"),
        Index("ix_quantity_question", "deployment_id", "stage", "on"),
    )

    id: Mapped[Key]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship()
    stage: Mapped[QuantityStage]
    value: Mapped[int | None]
    approximate: Mapped[bool] = mapped_column(default=False)

    @property
    def subject(self) -> Any:
        """What the quantity is about: a correction keeps it."""
        return self.deployment.slug, self.stage


class Progress(Fact, Cited, Model):
    """Something that happened at a site, or at one deployment of it, and the state it shows."""

    __tablename__ = "progress"
    __table_args__ = (
        must_be_cited(),
        Index("ix_progress_question", "site_id", "on"),
    )

    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    site: Mapped[Site] = relationship()
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployment.id"), index=True)
    deployment: Mapped[Deployment | None] = relationship()
    state: Mapped[State]
    text_ko: Mapped[Text]
    text_en: Mapped[Text]

    @property
    def subject(self) -> Any:
        """What it happened to: a correction keeps it."""
        return self.site.slug, self.deployment and self.deployment.slug


class QuantityFields(Schema):
    """What a quantity holds, whoever tells it."""

    stage = Choice(QuantityStage, required=True, metadata={"label": _l("Which quantity")})
    approximate = fields.Boolean(load_default=False, metadata={"label": _l("About, not exact")})
    on = fields.Date(required=True, metadata={"label": _l("Holds for the day")})

    @validates_schema
    def is_not_in_the_future(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Only a plan may speak of things to come."""
        plans = (None, QuantityStage.PLANNED, QuantityStage.REVISED)
        if values.get("stage") not in plans and values.get("on") and values["on"] > today():
            raise ValidationError(
                _("This day has not come yet; give the day on which it was counted."), "on"
            )


class QuantitySchema(QuantityFields, FactSchema, CitedSchema):
    """A quantity as files and the API tell it."""

    model = Quantity

    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    value = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_QUANTITY),
        metadata={"label": _l("Quantity")},
    )


class QuantityReportSchema(QuantityFields):
    """A quantity as the site's own officer reports it: the report is the source."""

    value = Whole(
        required=True,
        validate=between(0, LARGEST_QUANTITY),
        metadata={"label": _l("Quantity"), "kind": "integer"},
    )
    note_ko = text(
        2000, allow_none=True, load_default=None, label=_l("How it was counted, and why it changed")
    )


class ProgressSchema(FactSchema, CitedSchema):
    """A progress fact as it is written down."""

    model = Progress

    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    deployment = Ref(
        Deployment, allow_none=True, load_default=None, metadata={"label": _l("Deployment")}
    )
    state = Choice(State, required=True, metadata={"label": _l("State")})
    text_ko = text(required=True, label=_l("Text in Korean"))
    text_en = text(required=True, label=_l("Text in English"))


def quantity_history(deployment: Deployment, when: When) -> Select[Any]:
    """All quantities of `deployment` that held as of a date, newest first, corrected ones out."""
    of_it = held(Quantity, when).where(Quantity.deployment_id == deployment.id)
    return of_it.order_by(Quantity.on.desc(), Quantity.id.desc())


def report_quantity(deployment: Deployment, values: dict[str, Any], who: Any) -> Quantity:
    """A quantity that `who` reports; it corrects what stood for the same stage and day."""
    same = held(Quantity, When.of(values["on"])).where(
        Quantity.deployment_id == deployment.id,
        Quantity.stage == values["stage"],
        Quantity.on == values["on"],
    )
    return told_quantity(deployment, values, who, db.session.scalar(same))


def told_quantity(
    deployment: Deployment, values: dict[str, Any], who: Any, corrects: Quantity | None
) -> Quantity:
    """A quantity that `who` reports; not in the session yet, so that it can be judged."""
    return Quantity(
        key=f"{deployment.slug[:60]}-{token_hex(4)}",
        deployment=deployment,
        corrects=corrects,
        recorded_by=who,
        mark=Mark.REPORTED,
        **values,
    )
