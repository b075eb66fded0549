"""Commands about accounts: `flask user add`, `token`, `password`, `disable` and `enable`."""

from __future__ import annotations

from uuid import uuid4

import click
from flask.cli import AppGroup
from flask_security import hash_password
from sqlalchemy import select

from accounts.organisations import Organisation
from accounts.users import Token, User, new_token
from common.db import db
from common.permissions import Role

SHORTEST_PASSWORD = 10
HOME = {Role.OPERATOR: "molit", Role.MINISTRY: "molit"}

user = AppGroup("user", help="Accounts and their tokens.")


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", "slug", help="Slug; the ministry for its own roles.")
@click.password_option()
def add(email: str, role: str, slug: str | None, password: str) -> None:
    """Add an account; the password is asked for."""
    if "@" not in email:
        raise click.ClickException("Give an e-mail address, for example officer@example.org.")
    _long_enough(password)
    if db.session.scalar(select(User).where(User.email == email.lower())):
        raise click.ClickException(f"{email} has an account already.")
    name = slug or HOME.get(Role(role))
    if name is None:
        raise click.ClickException(f"Say which organisation: a {role} needs --organisation SLUG.")
    organisation = db.session.scalar(select(Organisation).where(Organisation.slug == name))
    if organisation is None:
        raise click.ClickException(
            f"There is no organisation “{name}”. `flask dump organisations` lists them."
        )
    make(email, Role(role), organisation, hash_password(password))
    db.session.commit()
    click.echo(f"{email} may sign in as {role} of {organisation.name_en}.")


@user.command("token")
@click.argument("email")
def token(email: str) -> None:
    """Make a bearer token for an account; it is shown once."""
    secret = new_token(_account(email))
    db.session.commit()
    click.echo(secret)


@user.command("password")
@click.argument("email")
@click.password_option()
def password(email: str, password: str) -> None:
    """Give an account a new password; whoever is signed in with the old one is signed out."""
    _long_enough(password)
    who = _account(email)
    who.password = hash_password(password)
    _sign_out(who)
    db.session.commit()
    click.echo(f"{email} signs in with the new password from now on.")


@user.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Let an account in no more: not by password, not by session, not by token."""
    who = _account(email)
    who.enabled = False
    _sign_out(who)
    revoked = db.session.query(Token).where(Token.user_id == who.id).delete()
    db.session.commit()
    click.echo(f"{email} is disabled; {revoked} tokens were revoked. What it recorded stays.")


@user.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled account in again; its tokens stay revoked."""
    _account(email).enabled = True
    db.session.commit()
    click.echo(f"{email} may sign in again.")


def _account(email: str) -> User:
    who = db.session.scalar(select(User).where(User.email == email.lower()))
    if who is None:
        raise click.ClickException(f"{email} has no account. `flask user add` makes one.")
    return who


def _long_enough(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise click.ClickException(f"Use a password of at least {SHORTEST_PASSWORD} characters.")


def _sign_out(who: User) -> None:
    who.fs_uniquifier = uuid4().hex  # sessions name this, so that all of them end


def make(email: str, role: Role, organisation: Organisation, hashed: str) -> User:
    """A new account with an already hashed password, not yet committed."""
    who = User(
        email=email.lower(),
        role=role,
        organisation=organisation,
        password=hashed,
    )
    db.session.add(who)
    return who
