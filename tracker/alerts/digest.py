"""Digest: once a week one mail per organisation of what waits for it; kept where nothing is sent.

A digest is made once per organisation and ISO week, a reminder of next steps once per organisation
and day, whatever else happens then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ForeignKey, Select, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation, OrganisationKind
from accounts.users import User
from common.db import Key, Line, Model, Text, Words, db, now
from common.facts import When
from common.locale import name_values
from common.permissions import Role
from common.schema import Choice, Ref, Schema
from tracker.alerts.handling import AlertState
from tracker.alerts.inbox import AlertRecord, ground_of, ruled, told
from tracker.rounds import Track


class MailKind(StrEnum):
    """What a mail tells of."""

    DIGEST = "digest"
    REMINDER = "reminder"


name_values({MailKind.DIGEST: _l("Alerts of the week"), MailKind.REMINDER: _l("Reminder")})


class DigestMail(Model):
    """What an organisation was, or is to be, told: of a week by its Monday, or of a day."""

    __tablename__ = "digest_mail"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "week"),)

    id: Mapped[Key]
    kind: Mapped[MailKind] = mapped_column(default=MailKind.DIGEST)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    week: Mapped[date] = mapped_column(index=True)
    recipients: Mapped[Words]
    subject: Mapped[Line]
    body: Mapped[Text]
    alerts: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    trouble: Mapped[Text | None]

    def claim(self) -> bool:
        """Take it for sending; False where another process took it. Commits nothing."""
        mine = update(DigestMail).where(DigestMail.id == self.id, DigestMail.sent_at.is_(None))
        taken: Any = db.session.execute(mine.values(sent_at=now(), trouble=None))
        return bool(taken.rowcount)

    def give_back(self, trouble: str) -> None:
        """Say that it could not be sent, so that the next run tries again."""
        self.sent_at, self.trouble = None, trouble


class MailSchema(Schema):
    """A mail as the outbox tells it."""

    organisation = Ref(Organisation)
    kind = Choice(MailKind)
    week = fields.Date()
    recipients = fields.List(fields.String())
    subject = fields.String()
    body = fields.String()
    alerts = fields.Integer()
    made_at = fields.AwareDateTime()
    sent_at = fields.AwareDateTime()
    trouble = fields.String()


@dataclass(frozen=True)
class Digest:
    """What waits for an organisation, and the people who are told."""

    organisation: Organisation
    alerts: Sequence[AlertRecord]
    recipients: Sequence[str]


def week_of(day: date) -> date:
    """The Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def digests(day: date) -> list[Digest]:
    """What waits for each organisation on `day`; those without anything get no mail.

    The ministry is told of everything. Those who have been told this week are left out.
    """
    when = When(day)
    found_now = told(ruled(ground_of(when, track=Track.DIFFUSION)), when, None)
    waiting = [it for it in found_now if it.state is AlertState.OPEN]
    by_owner: dict[int, list[AlertRecord]] = {}
    for it in waiting:
        by_owner.setdefault(it.alert.owner.id, []).append(it)
    made = told_already(MailKind.DIGEST, week_of(day))
    rows = select(Organisation).where(Organisation.id.not_in(made)).order_by(Organisation.slug)
    people = recipients()
    found = []
    for body in db.session.scalars(rows):
        is_ministry = body.kind is OrganisationKind.MINISTRY
        own = waiting if is_ministry else by_owner.get(body.id, [])
        if own:
            found.append(Digest(body, own, people.get(body.id, [])))
    return found


def recipients() -> dict[int, list[str]]:
    """Who is told, by the organisation's id: everybody who works there and may sign in."""
    query = select(User).where(User.role != Role.OPERATOR).order_by(User.email)
    found: dict[int, list[str]] = {}
    for who in db.session.scalars(query):
        if who.active:
            found.setdefault(who.organisation_id, []).append(who.email)
    return found


def told_already(kind: MailKind, week: date) -> Select[int]:
    """The organisations that a mail of this kind and day was made for."""
    made = select(DigestMail.organisation_id)
    return made.where(DigestMail.kind == kind, DigestMail.week == week)


def keep(it: Digest, day: date, subject: str, body: str) -> DigestMail:
    """The mail of the week, in the open session."""
    return kept(
        DigestMail(
            organisation=it.organisation,
            kind=MailKind.DIGEST,
            week=week_of(day),
            recipients=list(it.recipients),
            subject=subject,
            body=body,
            alerts=len(it.alerts),
        )
    )


def kept(mail: DigestMail) -> DigestMail:
    """`mail` in the open session, its subject on one line."""
    mail.subject = " ".join(mail.subject.split())[:500]
    db.session.add(mail)
    return mail


def unsent(kind: MailKind, week: date) -> Sequence[DigestMail]:
    """The mails of this kind and day that have somebody to go to and have not gone yet."""
    query = find_mails().where(
        DigestMail.kind == kind, DigestMail.week == week, DigestMail.sent_at.is_(None)
    )
    return [mail for mail in db.session.scalars(query) if mail.recipients]


def find_mails() -> Select[DigestMail]:
    """All mails, the newest first."""
    return select(DigestMail).order_by(DigestMail.week.desc(), DigestMail.id)
