"""Commands of the coaching log: `flask remind` and `flask persons forget`."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from common.db import db
from common.facts import today
from tracker.coaching.persons import forget
from tracker.coaching.promises import reminders

persons = AppGroup("persons", help="Names and contacts of those who took part in sessions.")


@click.command("remind")
@with_appcontext
def remind() -> None:
    """List the open actions that are due soon or overdue, by who owes them."""
    count = 0
    for owner, records in reminders(today()):
        click.echo(f"{owner.name_en} ({owner.name_ko})")
        for it in records:
            count += 1
            late = f", {it.overdue_days} working days late" if it.overdue_days is not None else ""
            role = f" ({it.owner_role})" if it.owner_role else ""
            click.echo(f"  {it.works_on}  {it.due}{late}: {' '.join(it.what.split())}{role}")
    click.echo(f"{count} actions to be reminded of.")


@persons.command("forget")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 36_500),
    required=True,
    help="Days since the session was held.",
)
@click.option("--check", is_flag=True, help="Say how many; remove none.")
def forget_persons(days: int, *, check: bool) -> None:
    """Remove names and contacts of old sessions; how many took part stays on record."""
    count = forget(days, today(), check=check)
    if not check:
        db.session.commit()
    click.echo(f"{count} persons {'would be' if check else 'were'} removed.")


COMMANDS = (remind, persons)
