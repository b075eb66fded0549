"""What is sent and told of planned sessions, whoever asks."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from accounts.organisations import Organisation
from common.facts import today
from common.schema import Choice, Ref, Schema, Whole, between, line, text
from tracker.coaching.codes import Mode, SessionKind, Topic
from tracker.coaching.details import HOURS, Codes
from tracker.coaching.planned import LONGEST_MIN, PlannedState
from tracker.sites import Site


class PlannedTermsSchema(Schema):
    """What is planned: the day, and as much as is known of the rest."""

    planned_on = fields.Date(required=True, metadata={"label": _l("Day")})
    began_at = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Regexp(HOURS, error=_l("Write the time as 14:30.")),
        metadata={"label": _l("Begins at"), "hint": _l("Korean time, for example 14:30")},
    )
    duration_min = Whole(
        allow_none=True,
        load_default=None,
        validate=between(1, LONGEST_MIN),
        metadata={"label": _l("Duration"), "unit": _l("min"), "hint": _l("Whole minutes")},
    )
    mode = Choice(Mode, allow_none=True, load_default=None, metadata={"label": _l("How you meet")})
    place = line(500, allow_none=True, load_default=None, label=_l("Place"))
    topics = Codes(Topic, load_default=list, metadata={"label": _l("Topics")})
    question = text(allow_none=True, load_default=None, label=_l("What it is to be about"))

    @validates_schema
    def is_to_come(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A plan is for today or later."""
        if values["planned_on"] < today():
            raise ValidationError(
                _("This day is over. Choose a day to come, or log the session as held."),
                "planned_on",
            )


class AnnounceSchema(PlannedTermsSchema):
    """What a host or a site announces."""

    kind = Choice(SessionKind, required=True, metadata={"label": _l("What kind of meeting")})
    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    host = Ref(
        Organisation,
        allow_none=True,
        load_default=None,
        metadata={"label": _l("Host"), "hint": _l("Left open, your own organisation.")},
    )


class MoveSchema(PlannedTermsSchema):
    """What a planned session is to be from now on, and why."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, allow_none=True, load_default=None, label=_l("Why it is changed"))


class CancelSchema(Schema):
    """Why a planned session is not held."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, required=True, label=_l("Reason"))


class PlannedSchema(Schema):
    """A planned session as it is kept."""

    slug = fields.String(dump_only=True)
    kind = Choice(SessionKind, required=True, metadata={"label": _l("What kind of meeting")})
    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    host = Ref(Organisation, required=True, metadata={"label": _l("Host")})


class PlannedStepSchema(Schema):
    """A step as it is told."""

    what = Choice(PlannedState, dump_only=True)
    planned_on = fields.Date(dump_only=True)
    by = fields.Function(lambda it: it.by.organisation.slug, dump_only=True)
    comment = fields.String(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)


class PlannedToldSchema(PlannedSchema):
    """A planned session as far as whoever asks may read it."""

    state = Choice(PlannedState, dump_only=True)
    planned_on = fields.Date(dump_only=True)
    began_at = fields.String(dump_only=True)
    duration_min = fields.Integer(dump_only=True)
    mode = Choice(Mode, dump_only=True)
    place = fields.String(dump_only=True)
    topics = Codes(Topic, dump_only=True)
    question = fields.String(dump_only=True)
    session = fields.Function(
        lambda it: it.session.slug if it.session else None,
        dump_only=True,
        metadata={"label": _l("Session")},
    )
    version = Whole(dump_only=True)
    text_hidden = fields.Function(lambda record: not record.readable, dump_only=True)
    steps = fields.List(fields.Nested(PlannedStepSchema), dump_only=True)
