"""Commands of early warning: `flask digest`, run once a week or as often as one likes."""

from __future__ import annotations

from datetime import date

import click
from flask import current_app, render_template
from flask.cli import with_appcontext
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError

from common.db import db
from common.facts import today
from common.locale import said
from tracker.alerts.digest import Digest, MailKind, digests, keep, unsent, week_of
from tracker.alerts.post import message_of, send


@click.command("digest")
@with_appcontext
def digest() -> None:
    """Tell each organisation what waits for it: one mail a week, sent or kept in the outbox."""
    day = today()
    # Pages, and so mails, speak the language of the house; commands have no reader of their own.
    with current_app.test_request_context(f"/?lang={current_app.config['DEFAULT_LANG']}"):
        made = sum(make(it) for it in digests(day))
    click.echo(f"{made} mails made for the week of {day.isoformat()}.")
    deliver(MailKind.DIGEST, week_of(day))


def deliver(kind: MailKind, week: date) -> None:
    """Send the mails of this kind and day that have not gone; keep them without a mail server."""
    url = current_app.config["SMTP_URL"]
    if not url:
        click.echo("SMTP_URL is not set: they are kept at /outbox.")
        return
    sent, failed = 0, 0
    for mail in unsent(kind, week):
        if not mail.claim():
            continue
        db.session.commit()
        try:
            send(url, message_of(mail, current_app.config["MAIL_FROM"]))
            sent += 1
        except (OSError, ValueError) as error:  # smtplib's own are OSErrors
            failed += 1
            mail.give_back(str(error)[:1000])
            db.session.commit()
    click.echo(f"{sent} sent, {failed} kept because the mail server did not take them.")
    if failed:
        raise click.ClickException("See /outbox for the reasons, and run the command again.")


def make(it: Digest) -> int:
    """Make the mail of an organisation; 0 where another process was first."""
    count, name = len(it.alerts), said(it.organisation, "name")
    subject = ngettext(
        "%(num)s alert is open: %(name)s", "%(num)s alerts are open: %(name)s", count, name=name
    )
    body = render_template(
        "tracker/alerts/digest.txt", it=it, home=(current_app.config["PUBLIC_URL"] or "")
    )
    keep(it, today(), subject, body)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return 0
    return 1
