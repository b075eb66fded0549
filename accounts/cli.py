"""Commands about accounts: `flask user add` and `flask user token`."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from flask_security import hash_password
from sqlalchemy import select

from accounts.organisations import Organisation
from accounts.users import User, new_token
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
    if len(password) < SHORTEST_PASSWORD:
        raise click.ClickException(f"Use a password of at least {SHORTEST_PASSWORD} characters.")
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
    who = db.session.scalar(select(User).where(User.email == email.lower()))
    if who is None:
        raise click.ClickException(f"{email} has no account. `flask user add` makes one.")
    secret = new_token(who)
    db.session.commit()
    click.echo(secret)


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
