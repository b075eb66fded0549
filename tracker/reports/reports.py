"""Reports: what a site tells of one month, from draft to approval; every step is kept."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Slug, Text, now
from common.facts import When, WhenFilters, last_steps
from common.locale import name_values
from common.permissions import Can, Member, allowed
from common.schema import Choice, Kept, Ref, Schema, Whole, between, text
from tracker.deployments import Deployment
from tracker.plan.milestones import MilestoneKind
from tracker.progress import LARGEST_QUANTITY
from tracker.reports.months import Month
from tracker.rounds import Round, Track
from tracker.sites import Site, TrackOrAny, may_report
from tracker.states import State


class ReportState(StrEnum):
    """How far a report has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


name_values(
    {
        ReportState.DRAFT: _l("Draft"),
        ReportState.SUBMITTED: _l("Submitted"),
        ReportState.RETURNED: _l("Returned"),
        ReportState.APPROVED: _l("Approved"),
    }
)

SENT = (ReportState.SUBMITTED, ReportState.APPROVED)
# Which step may be taken from where; None is a month without a report.
STEPS: dict[ReportState | None, tuple[ReportState, ...]] = {
    None: (ReportState.DRAFT, ReportState.SUBMITTED),
    ReportState.DRAFT: (ReportState.DRAFT, ReportState.SUBMITTED),
    ReportState.SUBMITTED: (ReportState.RETURNED, ReportState.APPROVED),
    ReportState.RETURNED: (ReportState.DRAFT, ReportState.SUBMITTED),
    ReportState.APPROVED: (),
}


class Report(Model):
    """What a site tells of one month."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("site_id", "month"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    site: Mapped[Site] = relationship(lazy="joined")
    month: Mapped[date] = mapped_column(index=True)
    on: Mapped[date]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    note: Mapped[Text | None]
    version: Mapped[int] = mapped_column()
    steps: Mapped[list[ReportStep]] = relationship(
        back_populates="report", order_by="ReportStep.id", lazy="selectin"
    )

    # Each step counts, also one that changes nothing else here.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012

    @classmethod
    def made(cls, **_values: Any) -> Report:
        """Nothing: a report is written by an officer. Raises ValidationError with the way on."""
        raise ValidationError(
            {"slug": [_("Reports are written on their pages; load the facts themselves instead.")]}
        )

    @property
    def state(self) -> ReportState | None:
        """How far it has come; None before its first step."""
        return self.steps[-1].what if self.steps else None

    def take(self, what: ReportState, who: Any, comment: str | None = None) -> None:
        """Take a step in the name of `who`; what the report says at it is kept with it."""
        self.version = (self.version or 0) + 1
        said = {"on": self.on.isoformat(), "lines": self.lines, "note": self.note}
        self.steps.append(
            ReportStep(what=what, by=who, comment=comment, said=said, version=self.version)
        )


class ReportStep(Model):
    """Something done with a report: by whom, when, with which words, and what it said then."""

    __tablename__ = "report_step"
    __table_args__ = (Index("ix_report_step_question", "report_id", "recorded_at"),)

    id: Mapped[Key]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    report: Mapped[Report] = relationship(back_populates="steps")
    version: Mapped[int]
    what: Mapped[ReportState]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Any] = relationship("User", lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    comment: Mapped[Text | None]
    said: Mapped[dict[str, Any]] = mapped_column(JSON)


def _count(label: Any) -> Whole:
    return Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_QUANTITY),
        metadata={"label": label},
    )


class ReportLineSchema(Schema):
    """What is told of one deployment; what is left out is not told."""

    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    installed = _count(_l("Installed"))
    accepted = _count(_l("Accepted"))
    working = _count(_l("Working"))
    state = Choice(State, allow_none=True, load_default=None, metadata={"label": _l("State")})
    milestone = Choice(
        MilestoneKind, allow_none=True, load_default=None, metadata={"label": _l("Next milestone")}
    )
    due = fields.Date(allow_none=True, load_default=None, metadata={"label": _l("Expected on")})
    reached = fields.Boolean(
        load_default=False, metadata={"label": _l("Reached on this day"), "kind": "checkbox"}
    )
    note = text(2000, allow_none=True, load_default=None, label=_l("Note"))


class ReportFields(Schema):
    """What a report says."""

    on = fields.Date(
        allow_none=True,
        load_default=None,
        metadata={
            "label": _l("Counted on"),
            "hint": _l("Left empty, it is the end of the month, or today in this month."),
        },
    )
    lines = Kept(ReportLineSchema, load_default=list, metadata={"label": _l("Deployments")})
    note = text(2000, allow_none=True, load_default=None, label=_l("Note for the whole site"))


class ReportEntrySchema(ReportFields):
    """A report as its officer sends it."""

    version = Whole(load_default=None, allow_none=True, validate=between(1, 10**6))
    step = Choice(
        ReportState, load_default=ReportState.DRAFT, metadata={"label": _l("What to do with it")}
    )

    @validates_schema
    def is_a_step_of_its_officer(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """An officer saves or submits; each deployment stands once."""
        if values.get("step") not in (ReportState.DRAFT, ReportState.SUBMITTED):
            raise ValidationError(_("Save it as draft, or submit it."), "step")
        names = [it["deployment"] for it in values.get("lines") or []]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValidationError(
                _("Put all of one deployment into one line: %(names)s.", names=", ".join(twice)),
                "lines",
            )


class StoredReportSchema(Schema):
    """A report as the database keeps it; files are written from it, and none is read into it."""

    slug = fields.String(dump_only=True)
    site = Ref(Site, dump_only=True)
    month = Month(dump_only=True)
    on = fields.Date(dump_only=True)
    lines = fields.Raw(dump_only=True)
    note = fields.String(dump_only=True)


class ReturnSchema(Schema):
    """What the ministry says when it returns a report."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, required=True, label=_l("What is to be mended"))


class ApprovalSchema(Schema):
    """What the ministry says when it approves a report."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, allow_none=True, load_default=None, label=_l("Comment"))


class ReportFilters(WhenFilters):
    """What the list of reports can be narrowed to."""

    track = TrackOrAny(Track, metadata={"label": _l("Track")})
    site = Ref(Site, metadata={"label": _l("Site")})
    month = Month(load_default=None, metadata={"label": _l("Month")})
    state = fields.List(Choice(ReportState), metadata={"label": _l("State")})


def day_asked(as_of: date | None, known_on: date | None) -> When | None:
    """The day up to which steps count; None for all."""
    return When.of(as_of, known_on) if as_of or known_on else None


def find_reports(
    *,
    track: Track | None = None,
    site: Site | None = None,
    month: date | None = None,
    state: list[ReportState] | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Report]:
    """Reports that were begun as of a date, newest month first, in `state` as of that date."""
    steps = last_steps(ReportStep, "report_id", day_asked(as_of, known_on)).subquery()
    query = (
        select(Report)
        .join(steps, steps.c.report_id == Report.id)
        .join(Report.site)
        .order_by(Report.month.desc(), Report.site_id, Report.id)
    )
    if track:
        query = query.join(Site.round).where(Round.track == track)
    if site:
        query = query.where(Report.site_id == site.id)
    if month:
        query = query.where(Report.month == month)
    if state:
        query = query.where(steps.c.what.in_(state))
    return query


def may_read(who: Member | None, site: Site, state: ReportState | None) -> bool:
    """Whether `who` may read what a report says.

    A draft is its site's alone, what was sent is the ministry's too, what was approved everybody's.
    """
    if state is ReportState.APPROVED or (who is not None and may_report(who, site)):
        return True
    return state is not ReportState.DRAFT and who is not None and allowed(Can.DECIDE)


def may_write(who: Member | None, site: Site) -> bool:
    """Whether `who` may report for `site`: its own officer."""
    return allowed(Can.REPORT_PROGRESS) and may_report(who, site)
