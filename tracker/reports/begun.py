"""Begun: since when the sites of a round are asked for monthly reports, by what was really done."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from common.db import db
from common.facts import KOREA, When, known
from tracker.reports.months import month_before
from tracker.reports.periods import Closing
from tracker.reports.reports import SENT, Report, ReportStep
from tracker.sites import Site


class Begun(NamedTuple):
    """The first month of which reports are asked for, and the day on which that could be seen."""

    month: date
    on: date


def by_then(when: When) -> date:
    """The day up to which steps and closings count: the earlier of the two that are asked about."""
    then = when.known_on if when.known_on is not None else when.as_of
    return min(when.as_of, then.date() if isinstance(then, datetime) else then)


def reporting_begun(when: When) -> dict[int, Begun]:
    """Since when each round is reported, by its id; a round without reports is left out.

    It begins with the first report that a site of the round sends, or the first month that the
    ministry closes. Old months that are told late bind nobody: the month before that day is the
    first that can count. Two statements.
    """
    last = by_then(when)
    steps = (
        select(Site.round_id, Report.month, func.min(ReportStep.recorded_at))
        .join(Report, Report.site_id == Site.id)
        .join(ReportStep, ReportStep.report_id == Report.id)
        .where(ReportStep.what.in_(SENT), known(ReportStep, When(last, last)))
        .group_by(Site.round_id, Report.month)
    )
    found: dict[int, list[Begun]] = defaultdict(list)
    for round_id, month, at in db.session.execute(steps):
        found[round_id].append(_begun(month, at))
    closed = [
        it
        for month, at in db.session.execute(select(Closing.month, Closing.closed_at))
        if (it := _begun(month, at)).on <= last
    ]
    for round_id in db.session.scalars(select(Site.round_id).distinct()) if closed else ():
        found[round_id].extend(closed)
    return {
        round_id: Begun(min(it.month for it in all_), min(it.on for it in all_))
        for round_id, all_ in found.items()
    }


def _begun(month: date, at: datetime) -> Begun:
    on = (at + KOREA).date()
    return Begun(max(month, month_before(on)), on)
