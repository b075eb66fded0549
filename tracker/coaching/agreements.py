"""Agreements: minutes that a host agreed to give a site in a period, and what was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from common.db import Key, Model, db
from common.facts import Fact, FactSchema, When, WhenFilters, latest, today
from common.schema import Ref, Schema, Whole, between, text
from tracker.coaching.log import CoachingSession
from tracker.sites import Site

MOST_MIN = 100_000


class Agreement(Fact, Model):
    """Minutes agreed between a site and a host from a day until a day."""

    __tablename__ = "coaching_agreement"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MIN}", name="minutes"),
        CheckConstraint("begins_on <= ends_on", name="period"),
        Index("ix_coaching_agreement_question", "site_id", "host_id", "on"),
    )

    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    site: Mapped[Site] = relationship(lazy="joined")
    host_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    host: Mapped[Organisation] = relationship(lazy="joined")
    minutes: Mapped[int]
    begins_on: Mapped[date]
    ends_on: Mapped[date]


# Two agreements of the same two share no day: rows of one first day are one agreement, changed.
THREAD = (Agreement.site_id, Agreement.host_id, Agreement.begins_on)


def _minutes(label: Any, **more: Any) -> Whole:
    return Whole(
        validate=between(1, MOST_MIN), metadata={"label": label, "unit": _l("min")}, **more
    )


class TermsSchema(Schema):
    """What is agreed: how many minutes, from when until when."""

    minutes = _minutes(_l("Minutes agreed"), required=True)
    begins_on = fields.Date(required=True, metadata={"label": _l("From")})
    ends_on = fields.Date(required=True, metadata={"label": _l("Until")})

    @validates_schema
    def ends_after_it_begins(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A period ends on or after its first day."""
        begins, ends = values.get("begins_on"), values.get("ends_on")
        if begins and ends and begins > ends:
            raise ValidationError(_("Give a day on or after the first day."), "ends_on")


class AgreementSchema(TermsSchema, FactSchema):
    """An agreement as files tell it."""

    model = Agreement

    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    host = Ref(Organisation, required=True, metadata={"label": _l("Host")})


class AcceptSchema(TermsSchema):
    """What a host says when it accepts a request."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, allow_none=True, load_default=None, label=_l("Comment"))


class AgreementFilters(WhenFilters):
    """What the list of agreements can be narrowed to."""

    site = Ref(Site, metadata={"label": _l("Site")})
    host = Ref(Organisation, metadata={"label": _l("Host")})


def find_agreements(
    *,
    site: Site | None = None,
    host: Organisation | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Agreement]:
    """Agreements that held as of a date with the terms of then, those that end last first."""
    query = latest(Agreement, THREAD, When.of(as_of, known_on)).order_by(
        Agreement.ends_on.desc(), Agreement.id.desc()
    )
    if site:
        query = query.where(Agreement.site_id == site.id)
    if host:
        query = query.where(Agreement.host_id == host.id)
    return query


@dataclass(frozen=True)
class AgreementRecord:
    """An agreement with what was given of it as of a date."""

    agreement: Agreement
    when: When
    given_min: int = 0
    sessions: int = 0
    unknown_sessions: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.agreement, name)

    @property
    def agreed_min(self) -> int:
        """The minutes agreed."""
        return self.agreement.minutes

    @property
    def remaining_min(self) -> int:
        """The minutes that are left, 0 where more was given."""
        return max(0, self.agreement.minutes - self.given_min)

    @property
    def overdrawn_min(self) -> int:
        """The minutes given beyond what was agreed."""
        return max(0, self.given_min - self.agreement.minutes)

    @property
    def is_open(self) -> bool:
        """Whether its period is not over yet."""
        return self.agreement.ends_on >= self.when.as_of

    @property
    def due_per_month_min(self) -> float:
        """The remaining minutes for each of the 30-day months that are left, at least one."""
        if not self.is_open:
            return 0.0
        begins = max(self.agreement.begins_on, self.when.as_of)
        months = max(1.0, ((self.agreement.ends_on - begins).days + 1) / 30)
        return self.remaining_min / months


class AgreementToldSchema(AgreementSchema):
    """An agreement with what was given of it."""

    agreed_min = fields.Integer(dump_only=True)
    given_min = fields.Integer(dump_only=True)
    remaining_min = fields.Integer(dump_only=True)
    overdrawn_min = fields.Integer(dump_only=True)
    sessions = fields.Integer(dump_only=True)
    unknown_sessions = fields.Integer(dump_only=True)


def counted(when: When) -> Any:
    """The condition that a session was held within an agreement, and counts as of a date."""
    return (
        CoachingSession.happened(when)
        & (CoachingSession.site_id == Agreement.site_id)
        & (CoachingSession.host_id == Agreement.host_id)
        & CoachingSession.held_on.between(Agreement.begins_on, Agreement.ends_on)
    )


def agreement_records(
    agreements: Sequence[Agreement], as_of: date | None = None, known_on: date | None = None
) -> list[AgreementRecord]:
    """What was given of each of `agreements`; one statement, however many there are."""
    when = When.of(as_of, known_on)
    query = (
        select(
            Agreement.id,
            func.coalesce(func.sum(CoachingSession.duration_min), 0),
            func.count(CoachingSession.id),
            func.count(CoachingSession.duration_min),
        )
        .join(CoachingSession, counted(when))
        .where(Agreement.id.in_([it.id for it in agreements]))
        .group_by(Agreement.id)
    )
    given = {row[0]: row[1:] for row in db.session.execute(query)}
    return [
        AgreementRecord(it, when, int(total or 0), sessions, sessions - known)
        for it in agreements
        for total, sessions, known in [given.get(it.id, (0, 0, 0))]
    ]


def agreement_for(site_id: int, host_id: int, day: date) -> Agreement | None:
    """The agreement that a session on `day` counts against, as known now."""
    query = latest(Agreement, THREAD, When(max(day, today()))).where(
        Agreement.site_id == site_id,
        Agreement.host_id == host_id,
        Agreement.begins_on <= day,
        Agreement.ends_on >= day,
    )
    return db.session.scalars(query.order_by(Agreement.id)).first()


def overlapping(
    site_id: int, host_id: int, begins_on: date, ends_on: date, but: Agreement | None = None
) -> Agreement | None:
    """An agreement of the same two whose period shares a day; a session counts once only.

    `but` is an agreement whose terms are changed: its own days are not taken.
    """
    query = latest(Agreement, THREAD, When(date.max)).where(
        Agreement.site_id == site_id,
        Agreement.host_id == host_id,
        Agreement.begins_on <= ends_on,
        Agreement.ends_on >= begins_on,
    )
    if but is not None:
        query = query.where(Agreement.begins_on != but.begins_on)
    return db.session.scalars(query.order_by(Agreement.id)).first()


def agree(site: Site, host: Organisation, terms: dict[str, Any], who: Any) -> Agreement:
    """A new agreement of today, in the name of `who`."""
    agreement = Agreement(
        key=f"agreement-{token_hex(6)}",
        on=today(),
        site=site,
        host=host,
        recorded_by=who,
        **{name: terms[name] for name in ("minutes", "begins_on", "ends_on")},
    )
    db.session.add(agreement)
    return agreement


def agreement_faults(new: Any) -> Any:
    """Sentences for the rows of a file whose period shares a day with another agreement."""
    faults: dict[int, dict[str, list[str]]] = {}
    for place, row in new.items():
        found = overlapping(row.site.id, row.host.id, row.begins_on, row.ends_on)
        if found is not None and found is not row and found is not row.corrects:
            faults[place] = {"begins_on": [overlap_words(found)]}
    return faults


def overlap_words(found: Agreement) -> str:
    """What to do about a period that is taken."""
    return str(
        _(
            "These two have agreed for %(begins)s to %(ends)s already; choose other days.",
            begins=found.begins_on,
            ends=found.ends_on,
        )
    )
