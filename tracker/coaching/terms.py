"""Terms: an agreement changed by a new fact, by the host with the site's yes or by the ministry.

What was agreed before stays: the new row holds from the day of the yes on. Rows of the same site,
host and first day are one agreement, since two agreements of the same two share no day.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Text, db, now
from common.facts import When, held, today
from common.locale import name_values
from common.permissions import Can, Member, allowed
from common.schema import Choice, Schema, Whole, between, text
from tracker.coaching.agreements import (
    MOST_MIN,
    Agreement,
    AgreementToldSchema,
    agree,
    overlap_words,
    overlapping,
)
from tracker.coaching.readers import is_party
from tracker.coaching.reviews import taken


class TermsState(StrEnum):
    """What was done about other terms of an agreement."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DECIDED = "decided"


name_values(
    {
        TermsState.PROPOSED: _l("Proposed by the host"),
        TermsState.ACCEPTED: _l("Accepted by the site"),
        TermsState.DECLINED: _l("Declined by the site"),
        TermsState.DECIDED: _l("Decided by the ministry"),
    }
)
AGREED = (TermsState.ACCEPTED, TermsState.DECIDED)


class TermsStep(Model):
    """A step towards other terms: which, by whom, why."""

    __tablename__ = "coaching_agreement_step"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MIN}", name="minutes"),
        UniqueConstraint("agreement_id", "place"),  # of two at once, one is too late
    )

    id: Mapped[Key]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("coaching_agreement.id"))
    agreement: Mapped[Agreement] = relationship()
    place: Mapped[int]
    what: Mapped[TermsState]
    minutes: Mapped[int]
    ends_on: Mapped[date]
    comment: Mapped[Text | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Any] = relationship("User", lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class ChangeTermsSchema(Schema):
    """What is to be agreed from now on, and why."""

    minutes = Whole(
        required=True,
        validate=between(1, MOST_MIN),
        metadata={"label": _l("Minutes agreed, in all"), "unit": _l("min")},
    )
    ends_on = fields.Date(required=True, metadata={"label": _l("Until")})
    comment = text(2000, required=True, label=_l("Reason"))


class AnswerTermsSchema(Schema):
    """What a site says to the terms that its host proposes."""

    steps = Whole(required=True, validate=between(1, 10**6))
    answer = fields.String(
        required=True,
        validate=validate.OneOf(
            [TermsState.ACCEPTED.value, TermsState.DECLINED.value],
            error=_l("Say accepted or declined."),
        ),
        metadata={"label": _l("Answer")},
    )
    comment = text(2000, allow_none=True, load_default=None, label=_l("Comment"))


class TermsStepSchema(Schema):
    """A step as it is told; its reason is the parties' and the ministry's alone."""

    what = Choice(TermsState, dump_only=True)
    minutes = fields.Integer(dump_only=True)
    ends_on = fields.Date(dump_only=True)
    by = fields.Function(lambda it: it.by.organisation.slug, dump_only=True)
    comment = fields.Function(
        lambda it: it.comment if is_party(g.get("who"), it.agreement) else None, dump_only=True
    )
    recorded_at = fields.AwareDateTime(dump_only=True)


class WholeAgreementSchema(AgreementToldSchema):
    """An agreement with the steps towards other terms."""

    newest = fields.Function(lambda it: newest(it.agreement, it.when).key, dump_only=True)
    changes = fields.Function(
        lambda it: TermsStepSchema().dump(steps_of(it.agreement, it.when), many=True),
        dump_only=True,
    )


def same(it: Agreement) -> tuple[Any, ...]:
    """The conditions of the rows that are the same agreement as `it`."""
    return (
        Agreement.site_id == it.site_id,
        Agreement.host_id == it.host_id,
        Agreement.begins_on == it.begins_on,
    )


def newest(it: Agreement, when: When) -> Agreement:
    """The row that tells the terms of `it` as of a date; itself where none held by then."""
    query = held(Agreement, when).where(*same(it))
    order = (Agreement.on.desc(), Agreement.recorded_at.desc(), Agreement.id.desc())
    return db.session.scalars(query.order_by(*order)).first() or it


def steps_of(it: Agreement, when: When) -> list[TermsStep]:
    """The steps towards other terms as of a date, the oldest first."""
    query = select(TermsStep).join(Agreement, Agreement.id == TermsStep.agreement_id)
    rows = db.session.scalars(query.where(*same(it)).order_by(TermsStep.id)).all()
    return taken(rows, when)


def proposal_of(it: Agreement) -> TermsStep | None:
    """What waits for the site's answer."""
    query = select(TermsStep).where(TermsStep.agreement_id == it.id)
    last = db.session.scalars(query.order_by(TermsStep.place.desc())).first()
    return last if last is not None and last.what is TermsState.PROPOSED else None


def may_propose(who: Member | None, it: Agreement) -> bool:
    """Whether `who` may propose other terms: the host."""
    return who is not None and allowed(Can.OFFER_COACHING) and who.organisation_id == it.host_id


def may_accept(who: Member | None, it: Agreement) -> bool:
    """Whether `who` may answer what the host proposes: the site."""
    own = it.site.municipality.organisation_id
    return who is not None and allowed(Can.ASK_FOR_COACHING) and who.organisation_id == own


def terms_faults(it: Agreement, values: dict[str, Any]) -> dict[str, list[str]]:
    """Sentences for terms that can't be: days that end too early or are taken, nothing new."""
    if values["ends_on"] < it.begins_on:
        return {"ends_on": [_("Give a day on or after the first day.")]}
    if (values["minutes"], values["ends_on"]) == (it.minutes, it.ends_on):
        return {"minutes": [_("These are the terms already; change minutes or last day.")]}
    found = overlapping(it.site_id, it.host_id, it.begins_on, values["ends_on"], but=it)
    return {"ends_on": [overlap_words(found)]} if found else {}


def step_terms(
    it: Agreement, what: TermsState, values: dict[str, Any], who: Any
) -> Agreement | None:
    """Take a step in the name of `who`; the row of the new terms where they are agreed."""
    last = select(TermsStep.place).where(TermsStep.agreement_id == it.id)
    place = db.session.scalars(last.order_by(TermsStep.place.desc())).first() or 0
    told = {name: values.get(name) for name in ("minutes", "ends_on", "comment")}
    db.session.add(TermsStep(agreement=it, place=place + 1, what=what, by=who, **told))
    if what not in AGREED:
        return None
    # On the day itself the newer row is the later one: none holds before it was agreed.
    terms = {**told, "begins_on": it.begins_on}
    return agree(it.site, it.host, terms, who)


def is_over(it: Agreement) -> bool:
    """Whether the terms of `it` were changed by a newer row."""
    return newest(it, When(max(today(), it.on))) is not it
