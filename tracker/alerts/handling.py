"""Handling: that somebody acknowledged an alert, put it off until a day, or opened it again."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from common.db import Key, Model, Text, db
from common.facts import Fact, When, latest, today
from common.locale import name_values
from common.permissions import Can, Member, allowed
from common.schema import Choice, Schema, text
from tracker.alerts.alerts import Alert

LONGEST_KEY = 250
LONGEST_SNOOZE = 365  # days


class Step(StrEnum):
    """What can be done with an alert; what it warns of is mended elsewhere."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    REOPENED = "reopened"


class AlertState(StrEnum):
    """How far an alert has come."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"


name_values(
    {
        Step.ACKNOWLEDGED: _l("Acknowledge"),
        Step.SNOOZED: _l("Put off until a day"),
        Step.REOPENED: _l("Open the alert again"),
    }
)
name_values(
    {
        AlertState.OPEN: _l("Not handled yet"),
        AlertState.ACKNOWLEDGED: _l("Acknowledged"),
        AlertState.SNOOZED: _l("Put off"),
    }
)


class AlertStep(Fact, Model):
    """A step that somebody took with the alert `alert` on the day `on`, and why."""

    __tablename__ = "alert_step"
    __table_args__ = (
        CheckConstraint("(step = 'snoozed') = (until IS NOT NULL)", name="until"),
        Index("ix_alert_step_question", "alert", "on"),
    )

    id: Mapped[Key]
    alert: Mapped[str] = mapped_column(String(LONGEST_KEY))
    step: Mapped[Step]
    until: Mapped[date | None]
    reason: Mapped[Text]


class AlertStepSchema(Schema):
    """What is to be done with an alert, until when, and why."""

    step = Choice(Step, required=True, metadata={"label": _l("What to do with it")})
    until = fields.Date(
        allow_none=True,
        load_default=None,
        metadata={"label": _l("Put off until"), "hint": _l("At most a year from today")},
    )
    reason = text(1000, required=True, label=_l("Reason"))

    @validates_schema
    def is_put_off_for_a_while(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Whoever puts it off says until when; within a year, and not in the past."""
        until, snoozes = values.get("until"), values.get("step") is Step.SNOOZED
        if until is None:
            if snoozes:
                raise ValidationError(_("Say until which day it is put off."), "until")
        elif not snoozes:
            if values.get("step"):
                raise ValidationError(_("Leave the day empty, or choose to put it off."), "until")
        elif until <= today():
            raise ValidationError(_("This day has passed; give a day after today."), "until")
        elif until > today() + timedelta(days=LONGEST_SNOOZE):
            raise ValidationError(_("Give a day within a year from today."), "until")


class StepToldSchema(Schema):
    """A step as it was taken, for those who may read why."""

    step = Choice(Step)
    until = fields.Date()
    reason = fields.String()
    on = fields.Date()
    at = fields.AwareDateTime(attribute="recorded_at")
    by = fields.String(attribute="recorded_by.organisation.slug")


def take(alert: Alert, values: dict[str, Any], who: Any) -> AlertStep:
    """A new step with `alert`, in the open session; those before it stay."""
    step = AlertStep(
        key=f"alert-step-{token_hex(8)}", alert=alert.key, on=today(), recorded_by=who, **values
    )
    db.session.add(step)
    return step


def last_steps(when: When) -> dict[str, AlertStep]:
    """The last step with each alert as of a date, by its key; one statement."""
    rows = db.session.scalars(latest(AlertStep, (AlertStep.alert,), when))
    return {row.alert: row for row in rows}


def state_of(alert: Alert, step: AlertStep | None, day: date) -> AlertState:
    """Where an alert stands: what was said of it before it arose anew counts no more."""
    if step is None or (alert.since is not None and alert.since > step.on):
        return AlertState.OPEN
    if step.step is Step.ACKNOWLEDGED:
        return AlertState.ACKNOWLEDGED
    snoozed = step.step is Step.SNOOZED and step.until is not None and day < step.until
    return AlertState.SNOOZED if snoozed else AlertState.OPEN


def concerns(who: Member | None, alert: Alert) -> bool:
    """Whether `alert` is one of `who`'s own: owned by its organisation, or about its site."""
    if who is None:
        return False
    parties = [alert.owner.id]
    if alert.record:
        parties.append(alert.record.municipality.organisation_id)
    return who.organisation_id in parties


def may_handle(who: Member | None, alert: Alert) -> bool:
    """Whether `who` may acknowledge or put off `alert`: its owner and the ministry."""
    if who is None or not allowed(Can.HANDLE_ALERTS):
        return False
    return allowed(Can.HANDLE_ALL_ALERTS) or who.organisation_id == alert.owner.id


def may_read_reasons(who: Member | None, alert: Alert) -> bool:
    """Whether `who` may read why it was put off: those whose alert it is, and the ministry."""
    return who is not None and (allowed(Can.HANDLE_ALL_ALERTS) or concerns(who, alert))
