"""Details: what a session may hold besides what every session must."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from catalog.guidelines import Item
from common.db import Line, Model, Text, Won, Words
from common.locale import word
from common.schema import Choice, Kept, Ref, Schema, Whole, between, line, text
from tracker.coaching.codes import (
    AdviceOutcome,
    Intensity,
    PersonRole,
    SessionType,
    Topic,
)
from tracker.deployments import Deployment

MOST_WON = 10**12
HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]\Z"
THING = r"(milestone|item|unit|money|outcome):[a-z0-9A-Z_:.-]{1,180}\Z"

session_deployment = Table(
    "coaching_session_deployment",
    Model.metadata,
    Column("session_id", ForeignKey("coaching_session.id"), primary_key=True),
    Column("deployment_id", ForeignKey("deployment.id"), primary_key=True, index=True),
)
session_item = Table(
    "coaching_session_item",
    Model.metadata,
    Column("session_id", ForeignKey("coaching_session.id"), primary_key=True),
    Column("item_id", ForeignKey("guideline_item.id"), primary_key=True, index=True),
)


def detail_checks() -> tuple[CheckConstraint, ...]:
    """The rules of the details that the database holds as well."""
    return (
        CheckConstraint("cost_won >= 0", name="cost"),
        CheckConstraint(
            "advice_outcome <> 'declined' OR outcome_reason IS NOT NULL", name="declined"
        ),
    )


class Details:
    """Columns of a session that nobody has to fill in."""

    type: Mapped[SessionType | None]
    intensity: Mapped[Intensity | None]
    began_at: Mapped[str | None] = mapped_column(String(5))
    place: Mapped[Line | None]
    topics: Mapped[Words] = mapped_column(default=list)
    people: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    moved: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    advice_outcome: Mapped[AdviceOutcome | None]
    outcome_reason: Mapped[Text | None]
    cost_won: Mapped[Won | None]
    without_agreement: Mapped[Text | None]

    @declared_attr
    def deployments(cls) -> Mapped[list[Deployment]]:  # noqa: N805 - a class method to SQLAlchemy
        """What of the site it was about."""
        return relationship(secondary=session_deployment, order_by=Deployment.id, lazy="selectin")

    @declared_attr
    def guideline_items(cls) -> Mapped[list[Item]]:  # noqa: N805
        """The items of guidelines that it touched."""
        return relationship(secondary=session_item, order_by=Item.id, lazy="selectin")


class PersonsSchema(Schema):
    """How many took part in one role."""

    role = Choice(PersonRole, required=True, metadata={"label": _l("Role")})
    count = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, 10_000),
        metadata={"label": _l("How many"), "unit": _l("people")},
    )


class Persons(Kept):
    """Numbers of people by role; a role without a number, or with 0, is not kept."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return [it for it in super()._deserialize(value, *args, **kwargs) if it.get("count")]


class MovedSchema(Schema):
    """Something that the session, or one of its next steps, was meant to move."""

    to = fields.String(
        required=True,
        validate=validate.Regexp(THING, error=_l("Choose one of the things of this site.")),
        metadata={"label": _l("What it was to move")},
    )
    action = Whole(
        allow_none=True,
        load_default=None,
        validate=between(1, 100),
        metadata={"label": _l("By which next step")},
    )


class Codes(fields.List[Any]):
    """Values of an enum, each once, as they are kept."""

    def __init__(self, enum: Any, **kwargs: Any) -> None:
        super().__init__(Choice(enum), **kwargs)
        self.enum = enum

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else [str(it) for it in value]

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        chosen: list[Any] = super()._deserialize(value, *args, **kwargs)
        return sorted({str(it.value) for it in chosen})


class DetailFields(Schema):
    """What a session may tell besides what it must."""

    type = Choice(
        SessionType,
        allow_none=True,
        load_default=None,
        metadata={"label": _l("What it was for")},
    )
    intensity = Choice(
        Intensity, allow_none=True, load_default=None, metadata={"label": _l("How deep it went")}
    )
    began_at = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Regexp(HOURS, error=_l("Write the time as 14:30.")),
        metadata={"label": _l("Began at"), "hint": _l("Korean time, for example 14:30")},
    )
    place = line(500, allow_none=True, load_default=None, label=_l("Place"))
    topics = Codes(Topic, load_default=list, metadata={"label": _l("Topics")})
    people = Persons(PersonsSchema, load_default=list, metadata={"label": _l("Who took part")})
    deployments = fields.List(
        Ref(Deployment), load_default=list, metadata={"label": _l("Deployments of the site")}
    )
    guideline_items = fields.List(
        Ref(Item), load_default=list, metadata={"label": _l("Guideline items")}
    )
    moved = Kept(MovedSchema, load_default=list, metadata={"label": _l("What it was to move")})
    advice_outcome = Choice(
        AdviceOutcome,
        allow_none=True,
        load_default=None,
        metadata={"label": _l("What became of the advice")},
    )
    outcome_reason = text(
        2000, allow_none=True, load_default=None, label=_l("Why it was adapted or not followed")
    )
    cost_won = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, MOST_WON),
        metadata={"label": _l("Cost to the programme"), "kind": "won", "unit": _l("won")},
    )
    without_agreement = text(
        2000, allow_none=True, load_default=None, label=_l("Why without an agreement")
    )

    @validates_schema(skip_on_field_errors=False)
    def says_why(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """What was not followed has its reason."""
        declined = values.get("advice_outcome") is AdviceOutcome.DECLINED
        if declined and not values.get("outcome_reason"):
            raise ValidationError(
                _("Say in a sentence why the advice was not followed."), "outcome_reason"
            )

    @validates_schema(skip_on_field_errors=False)
    def fits_together(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Its deployments are of its site, and roles and steps are those that it names."""
        site, errors = values.get("site"), {}
        if site and any(it.site is not site for it in values.get("deployments") or []):
            errors["deployments"] = [_("Choose deployments of this site only.")]
        people = values.get("people") or []
        roles = [it["role"] for it in people]
        twice = sorted({it for it in roles if roles.count(it) > 1})
        if twice:
            names = ", ".join(str(word(PersonRole(it))) for it in twice)
            errors["people"] = [_("Put all of one role into one line: %(names)s.", names=names)]
        steps = len(values.get("actions") or [])
        wrong = [it for it in values.get("moved") or [] if (it.get("action") or 0) > steps]
        if wrong and "actions" in values:
            errors["moved"] = [_("There is no next step with this number; look at the list.")]
        if errors:
            raise ValidationError(errors)
