"""What is told of a report: as it stood on a date, as far as whoever asks may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g
from marshmallow import fields

from common.facts import KOREA
from common.schema import Choice, Ref, Schema
from tracker.reports.months import Month
from tracker.reports.reports import SENT, Report, ReportState, ReportStep, may_read
from tracker.sites import Site

SAID = ("on", "lines", "note")


@dataclass(frozen=True)
class ReportRecord:
    """A report as it stood on a date, as far as whoever asks may read it."""

    report: Report
    steps: Sequence[ReportStep]
    readable: bool

    def __getattr__(self, name: str) -> Any:
        return self.said(name) if name in SAID else getattr(self.report, name)

    @property
    def state(self) -> ReportState:
        """How far it had come."""
        return self.steps[-1].what

    @property
    def version(self) -> int:
        """The number of its last step."""
        return self.steps[-1].version

    def said(self, name: str) -> Any:
        """What it said at its last step; None for those who may not read it."""
        return self.steps[-1].said.get(name) if self.readable else None

    @property
    def submitted_at(self) -> datetime | None:
        """When it was submitted last."""
        return next((it.recorded_at for it in self.steps[::-1] if it.what in SENT[:1]), None)

    @property
    def approved_at(self) -> datetime | None:
        """When it was approved."""
        last = self.steps[-1]
        return last.recorded_at if last.what is ReportState.APPROVED else None

    @property
    def comment(self) -> ReportStep | None:
        """Why it was returned, until it is submitted again."""
        for step in self.steps[::-1]:
            if step.what is ReportState.RETURNED:
                return step
            if step.what in SENT:
                return None
        return None


class ReportSchema(Schema):
    """A report as files and the API tell it, as far as whoever asks may read it."""

    slug = fields.String()
    site = Ref(Site)
    month = Month()
    state = Choice(ReportState)
    version = fields.Integer()
    submitted_at = fields.AwareDateTime()
    approved_at = fields.AwareDateTime()
    text_hidden = fields.Function(lambda it: not it.readable)
    on = fields.Raw()
    lines = fields.Raw()
    note = fields.String()


class StepSchema(Schema):
    """A step of a report as the API tells it."""

    what = Choice(ReportState)
    at = fields.AwareDateTime(attribute="recorded_at")
    by = fields.String(attribute="by.organisation.slug")
    comment = fields.String()


class WholeReportSchema(ReportSchema):
    """A report with its steps; the words of the ministry are for the site."""

    steps = fields.Method("all_steps")

    def all_steps(self, record: ReportRecord) -> Any:
        """What was done with it, the oldest first."""
        hidden = () if record.readable else ("comment",)
        return StepSchema(exclude=hidden).dump(record.steps, many=True)


def report_records(
    reports: Sequence[Report], as_of: date | None = None, known_on: date | None = None
) -> list[ReportRecord]:
    """`reports` as they stood on a date, as far as whoever asks may read them."""
    last = min((day for day in (as_of, known_on) if day is not None), default=date.max)
    who = g.get("who")
    records = []
    for it in reports:
        steps = [step for step in it.steps if (step.recorded_at + KOREA).date() <= last]
        records.append(ReportRecord(it, steps, may_read(who, it.site, steps[-1].what)))
    return records
