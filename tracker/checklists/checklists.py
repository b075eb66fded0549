"""Checklists: how a deployment answers each guideline item it is held against, as dated facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.guidelines import Item
from catalog.sources import web_address
from common.db import Key, Model, Text, db
from common.facts import Fact, FactSchema, When, WhenFilters, held, latest, today
from common.locale import name_values
from common.schema import Choice, Ref, Schema, text
from tracker.deployments import Deployment
from tracker.plan.milestones import agreed_on
from tracker.sites import Site

MOST_AT_ONCE = 200


class CheckResult(StrEnum):
    """How a deployment answers an item."""

    MEETS = "meets"
    DEVIATES = "deviates"
    NOT_APPLICABLE = "not_applicable"
    NOT_YET = "not_yet"


class Verdict(StrEnum):
    """What the ministry decided on a deviation."""

    APPROVED = "approved"
    REFUSED = "refused"


class Approval(StrEnum):
    """Where a deviation stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


name_values(
    {
        CheckResult.MEETS: _l("Meets"),
        CheckResult.DEVIATES: _l("Deviates"),
        CheckResult.NOT_APPLICABLE: _l("Not applicable"),
        CheckResult.NOT_YET: _l("Not yet"),
        Verdict.APPROVED: _l("Approve"),
        Verdict.REFUSED: _l("Refuse"),
    }
)
# Apart from the verdicts: two enums with the same values would be one key of a mapping.
name_values(
    {
        Approval.PENDING: _l("Waits for a decision"),
        Approval.APPROVED: _l("Deviation approved"),
        Approval.REFUSED: _l("Deviation refused"),
    }
)

NEEDS_REASON = (CheckResult.DEVIATES, CheckResult.NOT_APPLICABLE)
SAID = ("result", "reason", "evidence", "link")  # what an answer says, apart from its day


class Check(Fact, Model):
    """An answer to one item: how the deployment stood on a day; no answer is *not yet*."""

    __tablename__ = "guideline_check"
    __table_args__ = (
        CheckConstraint(
            "result IN ('meets', 'not_yet') OR reason IS NOT NULL",
            name="reason",
        ),
        Index("ix_guideline_check_question", "deployment_id", "item_id", "on"),
    )

    id: Mapped[Key]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship()
    item_id: Mapped[int] = mapped_column(ForeignKey("guideline_item.id"), index=True)
    item: Mapped[Item] = relationship()
    result: Mapped[CheckResult]
    reason: Mapped[Text | None]
    evidence: Mapped[Text | None]
    link: Mapped[str | None] = mapped_column(String(1000))


class CheckDecision(Fact, Model):
    """What the ministry decided on a deviation, and why."""

    __tablename__ = "check_decision"
    __table_args__ = (Index("ix_check_decision_question", "check_id", "on"),)

    id: Mapped[Key]
    check_id: Mapped[int] = mapped_column(ForeignKey("guideline_check.id"))
    check: Mapped[Check] = relationship()
    verdict: Mapped[Verdict]
    reason: Mapped[Text]


class AnswerFields(Schema):
    """What an answer says, whoever gives it."""

    item = Ref(Item, required=True, metadata={"label": _l("Item")})
    result = Choice(CheckResult, required=True, metadata={"label": _l("Answer")})
    reason = text(2000, allow_none=True, load_default=None, label=_l("Reason"))
    evidence = text(2000, allow_none=True, load_default=None, label=_l("Evidence"))
    link = web_address(_l("Address of the evidence"), allow_none=True, load_default=None)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def has_its_reason(self, values: dict[str, Any], given: Any, **_kwargs: Any) -> None:
        """A deviation and what does not apply say why."""
        told = given.get("reason") if isinstance(given, Mapping) else None
        if values.get("result") in NEEDS_REASON and not str(told or "").strip():
            raise ValidationError(
                _("Say why it deviates, or why the item does not apply."), "reason"
            )


def not_to_come(day: date) -> None:
    """Raises ValidationError for a day that has not come yet."""
    if day > today():
        raise ValidationError(
            _("This day has not come yet; give the day on which it was seen to be so.")
        )


class CheckSchema(AnswerFields, FactSchema):
    """An answer as files and the API tell it."""

    model = Check

    on = fields.Date(
        required=True, validate=not_to_come, metadata={"label": _l("Holds for the day")}
    )
    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})

    @validates_schema
    def is_about_what_binds(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """The item binds the deployment, and a correction is of an answer to the same."""
        deployment, item = values.get("deployment"), values.get("item")
        if deployment and item and not is_held(deployment, item):
            raise ValidationError(does_not_bind(), "item")
        old = values.get("corrects")
        if old and (old.deployment is not deployment or old.item is not item):
            raise ValidationError(
                _("A correction names an answer of the same deployment to the same item."),
                "corrects",
            )


class AnswerSchema(AnswerFields):
    """One answer of a report.

    `seen` is the key of the answer that stood when it was written, or `none` where there was none.
    """

    seen = fields.String(load_default=None, allow_none=True)


class AnswersSchema(Schema):
    """Answers as the site's own officer gives them: one, or a whole stage at once."""

    on = fields.Date(
        required=True, validate=not_to_come, metadata={"label": _l("Holds for the day")}
    )
    checks = fields.List(
        fields.Nested(AnswerSchema),
        required=True,
        validate=validate.Length(
            min=1, max=MOST_AT_ONCE, error=_l("Give 1 to {max} answers at once.")
        ),
        metadata={"label": _l("Answers")},
    )

    @validates_schema
    def names_each_item_once(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """No item is answered twice in one report."""
        items = [it["item"].id for it in values.get("checks", [])]
        twice = [place for place, item in enumerate(items) if item in items[:place]]
        if twice:
            sentence = _("This item stands twice; answer it once.")
            raise ValidationError({"checks": {place: {"item": [sentence]} for place in twice}})


class CheckDecisionSchema(FactSchema):
    """A decision on a deviation as files and the API tell it."""

    model = CheckDecision

    check = Ref(Check, required=True, metadata={"label": _l("Answer")})
    verdict = Choice(Verdict, required=True, metadata={"label": _l("Decision")})
    reason = text(2000, required=True, label=_l("Reason"))

    @validates_schema
    def is_about_a_deviation(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Only a deviation is decided on, and not before it was told."""
        check = values.get("check")
        if check and check.result is not CheckResult.DEVIATES:
            raise ValidationError(_("Only a deviation is decided on."), "check")
        if check and values.get("on") and values["on"] < check.on:
            raise ValidationError(_("The deviation was told for a later day."), "on")


class DecideSchema(Schema):
    """A decision as the ministry gives it."""

    verdict = Choice(Verdict, required=True, metadata={"label": _l("Decision")})
    reason = text(2000, required=True, label=_l("Reason"))
    on = fields.Date(required=True, validate=not_to_come, metadata={"label": _l("Decided on")})


class CheckFilters(WhenFilters):
    """What the list of answers can be narrowed to."""

    site = Ref(Site, metadata={"label": _l("Site")})
    deployment = Ref(Deployment, metadata={"label": _l("Deployment")})
    item = Ref(Item, metadata={"label": _l("Item")})
    result = Choice(CheckResult, metadata={"label": _l("Answer")})
    approval = Choice(Approval, metadata={"label": _l("Deviation")})


def is_held(deployment: Deployment, item: Item) -> bool:
    """Whether `deployment` is held against `item`: it is about its solution, and bound in time."""
    if item.solution_id not in (None, deployment.solution_id):
        return False
    return item.guideline.bound_on(agreed_on([deployment], When.of())[deployment.id])


def does_not_bind() -> str:
    """The sentence for an item that a deployment is not held against."""
    return str(_("This deployment is not held against this item; take one of its checklist."))


def standing(when: When) -> Select[Check]:
    """The answer that stands for each deployment and item."""
    return latest(Check, (Check.deployment_id, Check.item_id), when)


def decided(when: When) -> Select[CheckDecision]:
    """The decision that stands for each answer."""
    return latest(CheckDecision, (CheckDecision.check_id,), when)


def find_checks(
    *,
    site: Site | None = None,
    deployment: Deployment | None = None,
    item: Item | None = None,
    result: CheckResult | None = None,
    approval: Approval | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Check]:
    """The answers that stand as of a date, newest first."""
    when = When.of(as_of, known_on)
    query = standing(when).order_by(Check.on.desc(), Check.id.desc())
    if site:
        query = query.join(Check.deployment).where(Deployment.site_id == site.id)
    if deployment:
        query = query.where(Check.deployment_id == deployment.id)
    if item:
        query = query.where(Check.item_id == item.id)
    if result:
        query = query.where(Check.result == result)
    if approval:
        query = query.where(Check.result == CheckResult.DEVIATES, _stands_at(approval, when))
    return query


def _stands_at(approval: Approval, when: When) -> Any:
    told = decided(when).with_only_columns(CheckDecision.check_id)
    if approval is Approval.PENDING:
        return Check.id.not_in(told)
    return Check.id.in_(told.where(CheckDecision.verdict == Verdict(approval.value)))


def check_history(check: Check, when: When) -> Select[Check]:
    """All answers of one deployment to one item that held as of a date, newest first."""
    same = held(Check, when).where(
        Check.deployment_id == check.deployment_id, Check.item_id == check.item_id
    )
    return same.order_by(Check.on.desc(), Check.recorded_at.desc(), Check.id.desc())


def standing_answers(deployment: Deployment, day: date) -> dict[int, Check]:
    """The answers of `deployment` that stand on `day`, by the id of their item."""
    rows = standing(When.of(day)).where(Check.deployment_id == deployment.id)
    return {check.item_id: check for check in db.session.scalars(rows)}


def answer(
    deployment: Deployment, on: date, answers: Sequence[Mapping[str, Any]], who: Any
) -> list[Check]:
    """Answers that `who` gives for a day; each corrects what stood for the same item and day."""
    stood = standing_answers(deployment, on)
    same = {item: old for item, old in stood.items() if old.on == on}
    said = [{name: it[name] for name in ("item", *SAID)} | {"on": on} for it in answers]
    checks = [told_answer(deployment, it, who, same.get(it["item"].id)) for it in said]
    db.session.add_all(checks)
    return checks


def told_answer(
    deployment: Deployment, values: Mapping[str, Any], who: Any, corrects: Check | None
) -> Check:
    """An answer that `who` gives, not yet added."""
    key = f"{deployment.slug[:60]}-{token_hex(6)}"
    return Check(key=key, deployment=deployment, corrects=corrects, recorded_by=who, **values)


def decide(check: Check, values: Mapping[str, Any], who: Any) -> CheckDecision:
    """A decision of `who` on a deviation; it corrects what was decided for the same day."""
    same = held(CheckDecision, When.of(values["on"])).where(
        CheckDecision.check_id == check.id, CheckDecision.on == values["on"]
    )
    decision = CheckDecision(
        key=f"{check.key[:60]}-{token_hex(6)}",
        check=check,
        corrects=db.session.scalar(same),
        recorded_by=who,
        **values,
    )
    db.session.add(decision)
    return decision


def said_by(answer: Any) -> dict[str, str]:
    """What an answer says, as a form would send it; an item without one is *not yet*."""
    if answer is None:
        return {"result": CheckResult.NOT_YET.value, "reason": "", "evidence": "", "link": ""}
    values = {name: getattr(answer, name) for name in SAID}
    return {name: str(value or "") for name, value in values.items()}
