"""Demo: accounts to try the app out with, on this machine only, and the boundaries ahead of time."""

from __future__ import annotations

import os
from secrets import token_urlsafe

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security import hash_password
from sqlalchemy import select

from accounts.cli import make
from accounts.organisations import Organisation
from accounts.users import User
from common.db import db
from common.permissions import Role
from tracker.boundaries import boundaries

ACCOUNTS = {
    "ministry@example.org": (Role.MINISTRY, "molit"),
    "municipality@example.org": (Role.MUNICIPALITY, "sokcho"),
    "coach@example.org": (Role.COACH, "seongdong"),
    "consultant@example.org": (Role.CONSULTANT, "smart-city-association"),
    "operator@example.org": (Role.OPERATOR, "molit"),
}


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Make the demo accounts and print them; refused outside demo mode."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("Demo accounts are made in demo mode only (DEMO=1).")
    password = os.environ.get("DEMO_PASSWORD") or token_urlsafe(9)
    known = {who.email: who for who in db.session.scalars(select(User)).unique()}
    for email, (role, slug) in ACCOUNTS.items():
        if email in known:
            known[email].password = hash_password(password)
        else:
            where = select(Organisation).where(Organisation.slug == slug)
            make(email, role, db.session.scalars(where).one(), password)
    db.session.commit()
    click.echo("Demo accounts, password " + password + ":")
    for email, (role, slug) in ACCOUNTS.items():
        click.echo(f"  {email:28} {role.value}, {slug}")


@click.command("boundaries")
@with_appcontext
def build_boundaries() -> None:
    """Simplify the boundaries once, so that the first reader of the map need not wait."""
    click.echo(f"{len(boundaries().municipalities['features'])} municipal boundaries ready")
