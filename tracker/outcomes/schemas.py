"""Schemas of outcomes: one rule book for form, JSON, file and command line."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from catalog.evidence import Counting
from catalog.indicators import Indicator
from catalog.sources import CitedSchema
from common.facts import FactSchema, today
from common.schema import Choice, Ref, Schema, Whole, between, line, slug_field, text
from tracker.deployments import Deployment
from tracker.outcomes.outcomes import LARGEST_COUNT, NUMBERS, BrokenDownBy, Outcome
from tracker.outcomes.plausibility import OutcomeKind, impossible
from tracker.outcomes.reviews import ReviewState


class OutcomePartSchema(Schema):
    """A row of a breakdown as it is written down."""

    by = Choice(BrokenDownBy, required=True, metadata={"label": _l("Broken down by")})
    label = line(required=True, label=_l("Group"))
    numerator = Whole(
        required=True, validate=between(0, LARGEST_COUNT), metadata={"label": _l("Count")}
    )
    denominator = fields.Float(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_COUNT),
        metadata={"label": _l("Out of")},
    )


def _number(label: Any, low: float) -> fields.Float:
    return fields.Float(
        allow_none=True,
        load_default=None,
        validate=between(low, LARGEST_COUNT),
        metadata={"label": label},
    )


class OutcomeFields(Schema):
    """What an outcome holds, whoever tells it; one rule book for every door."""

    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    indicator = Ref(Indicator, required=True, metadata={"label": _l("Indicator")})
    kind = Choice(OutcomeKind, required=True, metadata={"label": _l("What it is")})
    begins_on = fields.Date(required=True, metadata={"label": _l("Counted from")})
    ends_on = fields.Date(required=True, metadata={"label": _l("Counted until")})
    counting = Choice(Counting, required=True, metadata={"label": _l("How it was counted")})
    numerator = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_COUNT),
        metadata={"label": _l("Count"), "kind": "integer"},
    )
    denominator = fields.Float(
        allow_none=True,
        load_default=None,
        validate=validate.Range(
            min=0,
            min_inclusive=False,
            max=LARGEST_COUNT,
            error=_l("Give a value above {min}, up to {max}."),
        ),
        metadata={"label": _l("Out of")},
    )
    mean = _number(_l("Mean"), -LARGEST_COUNT)
    sd = _number(_l("Standard deviation"), 0)
    n = Whole(
        allow_none=True,
        load_default=None,
        validate=between(1, 10**9),
        metadata={"label": _l("Number of values"), "kind": "integer"},
    )
    parts = fields.List(
        fields.Nested(OutcomePartSchema),
        load_default=list,
        validate=validate.Length(max=100, error=_l("Give at most {max} rows.")),
        metadata={"label": _l("Breakdown")},
    )
    reason = text(
        2000, allow_none=True, load_default=None, label=_l("Why it is right all the same")
    )

    needed: ClassVar = ("deployment", "indicator", "kind", "begins_on", "ends_on", "counting")

    @validates_schema(skip_on_field_errors=True)
    def is_possible(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """No rule of the kind of number, of counting, of days and of parts is broken."""
        if any(name not in values for name in self.needed):
            return
        errors = impossible(dict.fromkeys(NUMBERS) | {"parts": []} | values)
        if errors:
            raise ValidationError(errors)


class OutcomeSchema(OutcomeFields, FactSchema, CitedSchema):
    """An outcome as files keep it."""

    model = Outcome

    on = fields.Date(metadata={"label": _l("Holds for the day")})
    of_use = fields.Boolean(dump_only=True)

    @validates_schema(skip_on_field_errors=True)
    def holds_for_its_end(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """What was counted holds for the end of its period."""
        is_target = values.get("kind") is OutcomeKind.TARGET
        if not is_target and values.get("on", values.get("ends_on")) != values.get("ends_on"):
            raise ValidationError(
                _("What was counted holds for its last day; give that day."), "on"
            )

    @validates_schema(skip_on_field_errors=True)
    def corrects_its_like(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A correction is of the same deployment, indicator and kind."""
        old = values.get("corrects")
        names = ("deployment", "indicator", "kind")
        if old and any(getattr(old, name) != values.get(name) for name in names):
            raise ValidationError(
                _("A correction is of the same deployment, indicator and kind."), "corrects"
            )

    @post_load
    def has_its_day(self, values: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """The day that it holds for, where a file does not name it."""
        if "ends_on" in values:
            usual = today() if values.get("kind") is OutcomeKind.TARGET else values["ends_on"]
            values.setdefault("on", usual)
        return values


class OutcomeReportSchema(OutcomeFields):
    """An outcome as the site's own officer reports it: the report is the source."""

    note_ko = text(2000, allow_none=True, load_default=None, label=_l("How exactly, and where"))
    corrects = Ref(Outcome, allow_none=True, load_default=None)
    submit = fields.Boolean(load_default=False, metadata={"label": _l("Submit at once")})


class OutcomeStepSchema(Schema):
    """A step as files keep it."""

    key = slug_field()
    outcome = Ref(Outcome, required=True, metadata={"label": _l("Outcome")})
    state = Choice(ReviewState, required=True, metadata={"label": _l("State")})
    comment = text(2000, allow_none=True, load_default=None)
    rules = fields.List(fields.String(), load_default=list)
    recorded_at = fields.AwareDateTime(default_timezone=UTC, metadata={"column": "on load"})
