"""Commands of the coaching log: `flask remind` and `flask persons forget`."""

from __future__ import annotations

import click
from flask import current_app, render_template
from flask.cli import AppGroup, with_appcontext
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError

from accounts.organisations import Organisation
from common.db import db
from common.facts import today
from common.locale import said
from tracker.alerts.cli import deliver
from tracker.alerts.digest import DigestMail, MailKind, kept, recipients, told_already
from tracker.coaching.persons import forget
from tracker.coaching.promises import ActionRecord, reminders

persons = AppGroup("persons", help="Names and contacts of those who took part in sessions.")


@click.command("remind")
@with_appcontext
def remind() -> None:
    """List the open actions that are due soon or overdue, and mail them to who owes them.

    One mail a day for each organisation, however often it runs; kept at /outbox without SMTP_URL.
    """
    count, day, made = 0, today(), 0
    told, people = set(db.session.scalars(told_already(MailKind.REMINDER, day))), recipients()
    for owner, records in list(reminders(day)):
        click.echo(f"{owner.name_en} ({owner.name_ko})")
        for it in records:
            count += 1
            late = f", {it.overdue_days} working days late" if it.overdue_days is not None else ""
            role = f" ({it.owner_role})" if it.owner_role else ""
            click.echo(f"  {it.works_on}  {it.due}{late}: {' '.join(it.what.split())}{role}")
        made += owner.id not in told and remind_of(owner, records, people.get(owner.id, []))
    click.echo(f"{count} actions to be reminded of.")
    click.echo(f"{made} mails made for {day.isoformat()}.")
    deliver(MailKind.REMINDER, day)


def remind_of(owner: Organisation, records: list[ActionRecord], people: list[str]) -> bool:
    """Make the mail of the day for `owner`; False where another process was first."""
    home = current_app.config["PUBLIC_URL"] or ""
    with current_app.test_request_context(f"/?lang={current_app.config['DEFAULT_LANG']}"):
        subject = ngettext(
            "%(num)s next step is due: %(name)s",
            "%(num)s next steps are due: %(name)s",
            len(records),
            name=said(owner, "name"),
        )
        body = render_template(
            "tracker/coaching/reminder.txt", owner=owner, records=records, home=home
        )
    kept(
        DigestMail(
            organisation_id=owner.id,
            kind=MailKind.REMINDER,
            week=today(),
            recipients=people,
            subject=subject,
            body=body,
            alerts=len(records),
        )
    )
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


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
