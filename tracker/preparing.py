"""Preparing: everything that `make run` needs before it serves, demo accounts included."""

from __future__ import annotations

import os
from secrets import token_urlsafe

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from flask_security import hash_password
from sqlalchemy import select

from accounts.cli import make
from accounts.organisations import Organisation
from accounts.users import User
from common.cli import LOOPBACK
from common.db import db
from common.permissions import Role
from tracker.monitor.boundaries import boundaries

ACCOUNTS = {
    "ministry@example.org": (Role.MINISTRY, "molit"),
    "municipality@example.org": (Role.MUNICIPALITY, "sokcho"),
    "coach@example.org": (Role.COACH, "seongdong"),
    "consultant@example.org": (Role.CONSULTANT, "smart-city-association"),
    "operator@example.org": (Role.OPERATOR, "molit"),
}


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database to today's tables, load the seeds, and in demo mode make its accounts."""
    if current_app.config["DEMO"] and os.environ.get("HOST", LOOPBACK[0]) not in LOOPBACK:
        raise click.ClickException(
            "Demo accounts are for this machine only. Unset HOST, or set SECRET_KEY."
        )
    click.echo("Bringing the database to today's tables")
    upgrade()
    click.echo("Loading what is new in the facts of the 2023 round")
    current_app.cli.commands["seed"].main([], standalone_mode=False)
    click.echo(f"{len(boundaries().municipalities)} municipal boundaries ready")
    if current_app.config["DEMO"]:
        make_demo_accounts()


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Make the demo accounts and print them; refused outside demo mode."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("Demo accounts are made in demo mode only (DEMO=1).")
    make_demo_accounts()


def make_demo_accounts() -> None:
    """An account of each role, all with one password, which is printed."""
    password = os.environ.get("DEMO_PASSWORD") or token_urlsafe(9)
    hashed = hash_password(password)
    known = {who.email: who for who in db.session.scalars(select(User)).unique()}
    for email, (role, slug) in ACCOUNTS.items():
        if email not in known:
            where = select(Organisation).where(Organisation.slug == slug)
            known[email] = make(email, role, db.session.scalars(where).one(), hashed)
        known[email].password, known[email].demo = hashed, True
    db.session.commit()
    click.echo("Demo accounts, password " + password + ":")
    for email, (role, slug) in ACCOUNTS.items():
        click.echo(f"  {email:28} {role.value}, {slug}")
