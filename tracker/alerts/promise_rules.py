"""Rules about what was promised: next steps whose day has passed, and more time than was agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from common.db import db
from common.locale import day, said
from tracker.alerts.alerts import Alert, Ground, Known
from tracker.alerts.rules import RULES, RuleName
from tracker.coaching import workdays
from tracker.coaching.agreements import (
    Agreement,
    AgreementRecord,
    agreement_records,
    counted,
    find_agreements,
)
from tracker.coaching.log import CoachingSession
from tracker.coaching.promises import action_records, find_overdue


def overdue_actions(ground: Ground) -> Iterator[Alert]:
    """Open next steps past their day; one statement. What they say stays with the parties."""
    rule, when = RULES[RuleName.ACTION_OVERDUE], ground.when
    sites = {site.id: site for site in ground.sites}
    query = find_overdue(when).where(CoachingSession.site_id.in_(list(sites)))
    for it in action_records(db.session.scalars(query).all(), when.as_of, when.known_on):
        late = it.overdue_days or 0
        if late < rule["workdays"]:
            continue
        session, site = it.action.session, sites[it.action.session.site_id]
        path = f"/coaching/{session.slug}"
        yield Alert(
            name=rule.name,
            subject=f"{session.slug}:{it.key}",
            title=str(said(site, "name")),
            says=_(
                "A next step of the session of %(day)s is %(days)s working days overdue",
                day=day(session.held_on, session.precision),
                days=late,
            ),
            owner=it.owner,
            act=str(rule.act),
            act_path=path,
            facts=(
                Known(
                    _("Session held on"),
                    None,
                    on=session.held_on,
                    precision=session.precision,
                    path=path,
                ),
                Known(_("Promised by the day"), None, on=it.due_on, path=path),
            ),
            since=workdays.after(it.works_on, rule["workdays"]),
            by=it.works_on,
            measure=late,
            unit="workdays",
            record=site,
        )


def overdrawn_agreements(ground: Ground) -> Iterator[Alert]:
    """Hosts that gave a site more time than they agreed; three statements."""
    rule, when = RULES[RuleName.COACHING_OVERDRAWN], ground.when
    sites = {site.id: site for site in ground.sites}
    query = find_agreements(as_of=when.as_of, known_on=when.known_on)
    held = db.session.scalars(query.where(Agreement.site_id.in_(list(sites)))).all()
    records = agreement_records(held, when.as_of, when.known_on)
    over = [it for it in records if it.overdrawn_min >= rule["minutes"]]
    crossed = days_crossed(over, rule["minutes"])
    for it in over:
        site, path = sites[it.site_id], f"/agreements/{it.key}"
        yield Alert(
            name=rule.name,
            subject=it.key,
            title=str(said(site, "name")),
            says=_("%(host)s gave more time than was agreed", host=said(it.host, "name")),
            owner=it.host,
            act=str(rule.act),
            act_path=f"{path}#change",
            facts=(
                Known(_("Minutes agreed"), it.agreed_min, "minutes", it.on, path),
                Known(_("Minutes given"), it.given_min, "minutes", crossed[it.id], path),
                Known(_("Agreed until"), None, on=it.ends_on, path=path),
            ),
            since=crossed[it.id],
            by=it.ends_on if it.is_open else None,
            measure=it.overdrawn_min,
            unit="minutes",
            record=site,
        )


def days_crossed(over: list[AgreementRecord], limit: int) -> dict[int, date]:
    """The day of the session that went `limit` minutes beyond each agreement, by its id."""
    if not over:
        return {}
    rows = db.session.execute(
        select(Agreement.id, CoachingSession.held_on, CoachingSession.duration_min)
        .join(CoachingSession, counted(over[0].when))
        .where(Agreement.id.in_([it.id for it in over]), CoachingSession.duration_min.is_not(None))
        .order_by(CoachingSession.held_on, CoachingSession.id)
    )
    limits = {it.id: it.agreed_min + limit for it in over}
    given: dict[int, int] = defaultdict(int)
    crossed: dict[int, date] = {}
    for agreement, held_on, minutes in rows:
        given[agreement] += minutes or 0
        if held_on and given[agreement] >= limits[agreement]:
            crossed.setdefault(agreement, held_on)
    return crossed
