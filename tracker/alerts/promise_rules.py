"""Rules about what was promised in sessions: next steps whose day has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select

from common.db import db
from common.locale import day, said
from tracker.alerts.alerts import Alert, Ground, Known
from tracker.alerts.rules import RULES, RuleName
from tracker.coaching.actions import Action
from tracker.coaching.log import CoachingSession


def overdue_actions(ground: Ground) -> Iterator[Alert]:
    """Open next steps past their day; one statement. What they say stays with the parties."""
    days = RULES[RuleName.ACTION_OVERDUE]["days"]
    as_of = ground.when.as_of
    last = as_of - timedelta(days=min(days, as_of.toordinal() - 1))
    sites = {site.id: site for site in ground.sites}
    rows = db.session.execute(
        select(
            Action,
            CoachingSession.slug,
            CoachingSession.site_id,
            CoachingSession.held_on,
            CoachingSession.precision,
        )
        .join(Action.session)
        .where(
            CoachingSession.happened(ground.when),
            CoachingSession.site_id.in_(list(sites)),
            Action.due_on <= last,
            or_(Action.done_on.is_(None), Action.done_on > as_of),
        )
        .order_by(Action.due_on, Action.id)
    )
    for action, slug, site_id, held_on, precision in rows:
        if action.due_on is None:
            continue
        site, late = sites[site_id], (as_of - action.due_on).days
        path = f"/coaching/{slug}"
        yield Alert(
            name=RuleName.ACTION_OVERDUE,
            subject=f"{slug}:{action.position}",
            title=str(said(site, "name")),
            says=_(
                "A next step of the session of %(day)s is %(days)s days overdue",
                day=day(held_on, precision),
                days=late,
            ),
            owner=action.owner,
            act=str(RULES[RuleName.ACTION_OVERDUE].act),
            act_path=path,
            facts=(
                Known(_("Session held on"), None, on=held_on, path=path),
                Known(_("Promised by the day"), None, on=action.due_on, path=path),
            ),
            since=action.due_on + timedelta(days=days),
            measure=late,
            unit="days",
            record=site,
        )
