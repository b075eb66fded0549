"""Users: accounts with a role in an organisation, their tokens and failed sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from flask import current_app
from flask_security import UserMixin
from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from common.db import Key, Model, Name, db, now
from common.permissions import Role

TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS = 5, 30
TRY_WINDOW = timedelta(minutes=15)


class User(Model, UserMixin):
    """An account: one role, in one organisation."""

    __tablename__ = "account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[Name | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)  # one of the accounts to try the app with
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: uuid4().hex)
    role: Mapped[Role]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    created_at: Mapped[datetime] = mapped_column(default=now)
    signed_in_at: Mapped[datetime | None]  # the last time by password; what came since is new

    @property
    def active(self) -> bool:  # type: ignore[override]
        """Whether it may be used; a demo account outlives demo mode, but not as a way in."""
        return self.enabled and (not self.demo or bool(current_app.config["DEMO"]))

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """No roles in Flask-Security's sense: `role` is looked up in our one table of grants."""
        return []


class Token(Model):
    """A bearer token of an account; only its hash is kept."""

    __tablename__ = "token"

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    created_at: Mapped[datetime] = mapped_column(default=now)


class FailedSignIn(Model):
    """A sign-in that failed: whose account, from which address, when."""

    __tablename__ = "failed_sign_in"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


def new_token(user: User) -> str:
    """A new bearer token for `user`, in clear: it can't be shown again."""
    secret = token_urlsafe(32)
    db.session.add(Token(digest=_digest(secret), user=user))
    return secret


def bearer(secret: str) -> User | None:
    """The active account that the token belongs to; None for any other text."""
    token = db.session.scalar(select(Token).where(Token.digest == _digest(secret)))
    return token.user if token and token.user.active else None


def may_try(email: str, address: str) -> bool:
    """Whether another sign-in may be tried for `email`, and from `address`, by now."""
    since = now() - TRY_WINDOW
    recent = select(func.count()).where(FailedSignIn.at > since)
    of_account = db.session.scalar(recent.where(FailedSignIn.email == email.casefold()[:254]))
    of_address = db.session.scalar(recent.where(FailedSignIn.address == address))
    return (of_account or 0) < TRIES_PER_ACCOUNT and (of_address or 0) < TRIES_PER_ADDRESS


def note_failure(email: str, address: str) -> None:
    """Remember a failed sign-in; the ones too old to count are forgotten."""
    db.session.query(FailedSignIn).where(FailedSignIn.at < now() - TRY_WINDOW).delete()
    db.session.add(FailedSignIn(email=email.casefold()[:254], address=address))


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
