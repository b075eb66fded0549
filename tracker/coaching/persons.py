"""Persons: who took part in a session, by name, and who read that; forgotten after a time.

Names and contacts stand in this one table only: no revision of a session, no receipt and no file
of sessions holds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ForeignKey, Select, String, delete, func, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from accounts.organisations import Organisation
from common.db import Key, Model, Name, db, now
from common.facts import When, WhenFilters, known
from common.locale import name_values
from common.schema import LONGEST_LINE, Choice, Ref, Schema, at_most, line
from tracker.sites import Site

if TYPE_CHECKING:
    from common.permissions import Member
    from tracker.coaching.log import CoachingSession


class PersonRole(StrEnum):
    """On whose side somebody took part."""

    SITE = "site"
    HOST = "host"
    COMPANY = "company"
    RESIDENT = "resident"
    OTHER = "other"


name_values(
    {
        PersonRole.SITE: _l("For the site"),
        PersonRole.HOST: _l("For the host"),
        PersonRole.COMPANY: _l("For a company"),
        PersonRole.RESIDENT: _l("As a resident"),
        PersonRole.OTHER: _l("Another"),
    }
)


class SessionPerson(Model):
    """Somebody who took part in a session."""

    __tablename__ = "session_person"

    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"), index=True)
    session: Mapped[CoachingSession] = relationship(back_populates="persons")
    position: Mapped[int]
    role: Mapped[PersonRole]
    name: Mapped[Name]
    organisation: Mapped[Name | None]
    contact: Mapped[Name | None]
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class PersonRead(Model):
    """One time that somebody saw names: who, when, on which page, and how many."""

    __tablename__ = "person_read"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    user: Mapped[Any] = relationship("User", lazy="joined")
    page: Mapped[str] = mapped_column(String(LONGEST_LINE))
    persons: Mapped[int]


class PersonSchema(Schema):
    """Somebody who took part, as written down."""

    role = Choice(PersonRole, required=True, metadata={"label": _l("Side")})
    name = line(100, required=True, label=_l("Name"))
    organisation = line(allow_none=True, load_default=None, label=_l("Organisation and post"))
    contact = fields.String(
        allow_none=True,
        load_default=None,
        validate=at_most(LONGEST_LINE),
        metadata={"label": _l("Contact"), "hint": _l("Of the office, not a private one")},
    )


class PersonToldSchema(PersonSchema):
    """Somebody who took part, with the session, as lists and files tell it."""

    session = fields.String(attribute="session.slug", dump_only=True)
    held_on = fields.Date(attribute="session.held_on", dump_only=True)
    site = fields.String(attribute="session.site.slug", dump_only=True)
    host = fields.String(attribute="session.host.slug", dump_only=True)


class PersonFilters(WhenFilters):
    """What the list of persons can be narrowed to."""

    session = line(80, load_default=None)
    site = Ref(Site, load_default=None, metadata={"label": _l("Site")})
    host = Ref(Organisation, load_default=None, metadata={"label": _l("Host")})


class PersonReadSchema(Schema):
    """One time that names were seen, as lists tell it."""

    at = fields.AwareDateTime()
    account = fields.String(attribute="user.email")
    organisation = fields.String(attribute="user.organisation.slug")
    page = fields.String()
    persons = fields.Integer()


def find_persons(
    who: Member | None,
    *,
    session: str | None = None,
    site: Site | None = None,
    host: Organisation | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[SessionPerson]:
    """Persons of the sessions held as of a date whose parties `who` belongs to, newest first.

    Of those written down by then, the ones that are still kept.
    """
    # Sessions hold persons, and so know this file.
    from tracker.coaching.log import CoachingSession
    from tracker.coaching.readers import is_readable

    when = When.of(as_of, known_on)
    query = (
        select(SessionPerson)
        .join(SessionPerson.session)
        .options(contains_eager(SessionPerson.session))
        .where(is_readable(who), CoachingSession.happened(when), known(SessionPerson, when))
        .order_by(
            CoachingSession.held_on.desc(),
            CoachingSession.id.desc(),
            SessionPerson.position,
            SessionPerson.id,
        )
    )
    if session:
        query = query.where(CoachingSession.slug == session)
    if site:
        query = query.where(CoachingSession.site_id == site.id)
    if host:
        query = query.where(CoachingSession.host_id == host.id)
    return query


def find_reads() -> Select[PersonRead]:
    """Every time that somebody saw names, the newest first."""
    return select(PersonRead).order_by(PersonRead.at.desc(), PersonRead.id.desc())


def written(persons: Sequence[Mapping[str, Any]]) -> list[SessionPerson]:
    """New persons from checked values, in this order."""
    return [SessionPerson(position=place, **it) for place, it in enumerate(persons)]


def note_read(who: Any, page: str, persons: int) -> None:
    """Put on record that `who` saw `persons` names on `page`, without its filters."""
    if persons:
        db.session.add(PersonRead(user=who, page=page[:LONGEST_LINE], persons=persons))
        db.session.commit()


def count_persons(session: CoachingSession) -> int:
    """How many persons of `session` are on record by name: a count says nothing private."""
    query = select(func.count()).where(SessionPerson.session_id == session.id)
    return db.session.scalar(query) or 0


def forget(older_than: int, on: date, *, check: bool = False) -> int:
    """Remove the persons of sessions held more than `older_than` days before `on`; how many.

    Sessions keep their heads. A session without a day counts from when the person was written
    down. Nothing is committed.
    """
    from tracker.coaching.log import CoachingSession  # sessions hold persons

    last = on - timedelta(days=older_than)
    moment = now() - timedelta(days=older_than)
    old = select(SessionPerson.id).join(SessionPerson.session)
    old = old.where(
        (CoachingSession.held_on < last)
        | CoachingSession.held_on.is_(None) & (SessionPerson.recorded_at < moment)
    )
    ids = db.session.scalars(old).all()
    if not check:
        db.session.execute(delete(SessionPerson).where(SessionPerson.id.in_(old)))
    return len(ids)
