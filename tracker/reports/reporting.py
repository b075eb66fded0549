"""Reporting: which sites have told of a month and which are silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from common.db import db
from common.facts import WhenFilters, today
from common.schema import Choice, Ref, Schema
from tracker.reports.months import Month, month_before, month_end
from tracker.reports.reports import SENT, Report, ReportState, find_reports
from tracker.reports.told import ReportRecord, report_records
from tracker.rollout import find_sites
from tracker.rounds import Track
from tracker.sites import Site, TrackOrAny


@dataclass(frozen=True)
class SiteMonth:
    """What became of one month at one site; no report, no state."""

    site: Site
    record: ReportRecord | None

    @property
    def state(self) -> ReportState | None:
        """How far its report has come; None where nobody began one."""
        return self.record.state if self.record else None


@dataclass(frozen=True)
class MonthReported:
    """A month at all sites of a track that were selected by its end."""

    month: date
    sites: Sequence[SiteMonth]

    @property
    def reported(self) -> int:
        """How many sites sent their report; one that was returned has to come again."""
        return sum(it.state in SENT for it in self.sites)

    @property
    def before(self) -> date:
        """The month before."""
        return month_before(self.month)

    @property
    def after(self) -> date | None:
        """The month after; None where it has not begun."""
        if self.month >= today().replace(day=1):
            return None
        return date.fromordinal(month_end(self.month).toordinal() + 1)


class ReportingFilters(WhenFilters):
    """Which month, at the sites of which track, as of which day."""

    track = TrackOrAny(Track, load_default=Track.DIFFUSION)
    month = Month(load_default=None)


class SiteMonthSchema(Schema):
    """What became of a month at one site, as the API tells it."""

    site = Ref(Site)
    state = Choice(ReportState)
    submitted_at = fields.AwareDateTime(attribute="record.submitted_at")
    approved_at = fields.AwareDateTime(attribute="record.approved_at")


class MonthSchema(Schema):
    """A month at all sites, as the API tells it."""

    month = Month()
    reported = fields.Integer()
    of = fields.Function(lambda it: len(it.sites))
    sites = fields.List(fields.Nested(SiteMonthSchema))


def reporting(
    month: date | None = None, track: Track | None = Track.DIFFUSION, **dates: Any
) -> MonthReported:
    """Which sites of `track` have told of `month`; of the month before, where none is named."""
    month = month or month_before(dates.get("as_of") or today())
    sites = db.session.scalars(find_sites(track=track, as_of=month_end(month))).all()
    told = db.session.scalars(find_reports(month=month, **dates)).all()
    records = {it.site_id: it for it in report_records(told, **dates)}
    return MonthReported(month, [SiteMonth(site, records.get(site.id)) for site in sites])


def submitted_months(sites: Iterable[Site]) -> dict[int, dict[date, ReportState]]:
    """The months of which each of `sites` has a report, with how far it is; by the site's id."""
    found: dict[int, dict[date, ReportState]] = {site.id: {} for site in sites}
    rows = db.session.scalars(select(Report).where(Report.site_id.in_(list(found))))
    for report in rows:
        if report.state in SENT:
            found[report.site_id][report.month] = report.state
    return found
