"""Calendars: secret addresses at which a calendar program finds sessions and actions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from accounts.users import User
from common.db import Key, Model, Slug, db, now
from common.locale import name_values
from common.schema import Choice, Ref, Schema
from tracker.sites import Site

SECRET_BYTES = 32


class Scope(StrEnum):
    """Whose sessions and actions an address tells."""

    MINE = "mine"
    SITE = "site"
    HOST = "host"


name_values(
    {
        Scope.MINE: _l("My organisation: its sessions, actions and open alerts"),
        Scope.SITE: _l("One site"),
        Scope.HOST: _l("One host"),
    }
)


class CalendarAddress(Model):
    """An address that whoever knows it may read; only the hash of its secret is kept."""

    __tablename__ = "calendar_address"
    by = "key"

    id: Mapped[Key]
    key: Mapped[Slug]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    scope: Mapped[Scope]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    site: Mapped[Site | None] = relationship(lazy="joined")
    host_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    host: Mapped[Organisation | None] = relationship(lazy="joined")
    with_text: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class CalendarSchema(Schema):
    """What a calendar address is to tell."""

    scope = Choice(Scope, required=True, metadata={"label": _l("What it tells")})
    site = Ref(Site, allow_none=True, load_default=None, metadata={"label": _l("Site")})
    host = Ref(Organisation, allow_none=True, load_default=None, metadata={"label": _l("Host")})
    with_text = fields.Boolean(
        load_default=False,
        metadata={
            "label": _l("With the text of actions that I may read"),
            "hint": _l("Whoever has the address then reads them too"),
        },
    )

    @validates_schema
    def has_its_subject(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A site or a host where the scope is one."""
        for scope in (Scope.SITE, Scope.HOST):
            given = values.get(scope.value)
            if values.get("scope") is scope and given is None:
                raise ValidationError(_("Choose which one."), scope.value)
            if values.get("scope") is not scope and given is not None:
                raise ValidationError(_("Leave this empty, or choose it above."), scope.value)


class CalendarToldSchema(CalendarSchema):
    """A calendar address as its owner sees it; the secret is told once, when it is made."""

    key = fields.String(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)
    address = fields.Function(lambda it: getattr(it, "secret", None), dump_only=True)


def new_address(who: User, values: dict[str, Any]) -> tuple[CalendarAddress, str]:
    """A new address of `who`, not yet committed, and its secret: it can't be shown again."""
    secret = token_urlsafe(SECRET_BYTES)
    key = digest(secret)[:12]
    address = CalendarAddress(key=key, digest=digest(secret), user=who, **values)
    db.session.add(address)
    return address, secret


def addresses_of(who: User) -> Select[CalendarAddress]:
    """The addresses that `who` made, the newest first."""
    mine = select(CalendarAddress).where(CalendarAddress.user_id == who.id)
    return mine.order_by(CalendarAddress.created_at.desc(), CalendarAddress.id.desc())


def at_address(secret: str) -> CalendarAddress | None:
    """The address that has this secret, of an account in use; None for any other text."""
    found = db.session.scalar(
        select(CalendarAddress).where(CalendarAddress.digest == digest(secret))
    )
    return found if found and found.user.active else None


def digest(secret: str) -> str:
    """The hash of `secret` that is kept."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
