"""Milestones: the days of a deployment from agreement to operation: promised, expected, reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Model, db
from common.facts import Fact, FactSchema, Precision, When, WhenFilters, held, latest, today
from common.locale import name_values, word
from common.rows import RowErrors
from common.schema import Choice, Ref
from tracker.deployments import Deployment
from tracker.fact_days import Fault, blame, same_subject, wrong_day
from tracker.rounds import Round, Track
from tracker.sites import Site, TrackOrAny


class MilestoneKind(StrEnum):
    """What is reached, in the order in which it usually is."""

    AGREEMENT = "agreement"
    DESIGN = "design"
    PROCUREMENT = "procurement"
    START = "start"
    INSTALLED = "installed"
    ACCEPTED = "accepted"
    IN_OPERATION = "in_operation"


class Basis(StrEnum):
    """On what the day of a milestone rests; the newer never hides the older."""

    BASELINE = "baseline"
    REVISED = "revised"
    FORECAST = "forecast"
    ACTUAL = "actual"


name_values(
    {
        MilestoneKind.AGREEMENT: _l("Agreement signed"),
        MilestoneKind.DESIGN: _l("Design finished"),
        MilestoneKind.PROCUREMENT: _l("Contract awarded"),
        MilestoneKind.START: _l("Work begun"),
        MilestoneKind.INSTALLED: _l("All installed"),
        MilestoneKind.ACCEPTED: _l("All accepted"),
        MilestoneKind.IN_OPERATION: _l("In operation"),
        Basis.BASELINE: _l("First plan"),
        Basis.REVISED: _l("Revised plan"),
        Basis.FORECAST: _l("Expected"),
        Basis.ACTUAL: _l("Reached"),
    }
)

PLANS = (Basis.BASELINE, Basis.REVISED)
ORDER = {kind: place for place, kind in enumerate(MilestoneKind)}


class Milestone(Fact, Cited, Model):
    """The day `due` of a milestone on one basis, as somebody stated it on the day `on`."""

    __tablename__ = "milestone"
    __table_args__ = (
        must_be_cited(),
        Index("ix_milestone_question", "deployment_id", "kind", "basis", "on"),
    )

    id: Mapped[Key]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship()
    kind: Mapped[MilestoneKind]
    basis: Mapped[Basis]
    due: Mapped[date]
    due_precision: Mapped[Precision] = mapped_column(default=Precision.DAY)

    @property
    def subject(self) -> Any:
        """What the statement is about: a correction keeps it."""
        return self.deployment.slug, self.kind, self.basis


class MilestoneSchema(FactSchema, CitedSchema):
    """A milestone as files and the API tell it."""

    model = Milestone

    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    kind = Choice(MilestoneKind, required=True, metadata={"label": _l("Milestone")})
    basis = Choice(Basis, required=True, metadata={"label": _l("Planned or reached")})
    due = fields.Date(required=True, metadata={"label": _l("Day of the milestone")})
    due_precision = Choice(Precision, load_default=Precision.DAY)

    @validates_schema
    def is_reached_already(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """What was reached lies in the past."""
        if values.get("basis") is Basis.ACTUAL and values.get("due", date.min) > today():
            raise ValidationError(
                _("This day has not come yet; tell it as a forecast until it is reached."), "due"
            )


class MilestoneFilters(WhenFilters):
    """What the list of milestones can be narrowed to."""

    track = TrackOrAny(Track, metadata={"label": _l("Track")})
    site = Ref(Site, metadata={"label": _l("Site")})
    deployment = Ref(Deployment, metadata={"label": _l("Deployment")})
    kind = fields.List(Choice(MilestoneKind), metadata={"label": _l("Milestone")})
    basis = fields.List(Choice(Basis), metadata={"label": _l("Planned or reached")})


TOLD = (
    joinedload(Milestone.deployment).joinedload(Deployment.site),
    joinedload(Milestone.deployment).joinedload(Deployment.solution),
)


def find_milestones(
    *,
    track: Track | None = None,
    site: Site | None = None,
    deployment: Deployment | None = None,
    solution: Solution | None = None,
    kind: list[MilestoneKind] | None = None,
    basis: list[Basis] | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Milestone]:
    """The newest day of each milestone on each basis as of a date, deployment by deployment."""
    by = (Milestone.deployment_id, Milestone.kind, Milestone.basis)
    query = (
        latest(Milestone, by, When.of(as_of, known_on))
        .join(Milestone.deployment)
        .order_by(Deployment.site_id, Deployment.id, Milestone.due, Milestone.id)
    )
    if track:
        query = query.join(Deployment.site).join(Site.round).where(Round.track == track)
    for column, wish in ((Deployment.site_id, site), (Deployment.id, deployment)):
        if wish:
            query = query.where(column == wish.id)
    if solution:
        query = query.where(Deployment.solution_id == solution.id)
    if kind:
        query = query.where(Milestone.kind.in_(kind))
    if basis:
        query = query.where(Milestone.basis.in_(basis))
    return query


Dues = dict[Basis, Milestone]


def milestones_of(deployments: Sequence[int], when: When) -> dict[int, dict[MilestoneKind, Dues]]:
    """The newest milestones of the deployments with these ids: by deployment, kind and basis."""
    found: dict[int, dict[MilestoneKind, Dues]] = defaultdict(lambda: defaultdict(dict))
    query = find_milestones(as_of=when.as_of, known_on=when.known_on)
    for row in db.session.scalars(query.where(Milestone.deployment_id.in_(deployments))):
        found[row.deployment_id][row.kind][row.basis] = row
    return found


def agreed_on(deployments: Sequence[Deployment], when: When) -> dict[int, date]:
    """The day on which each of `deployments` was agreed, by its id.

    Where no agreement is on record it is the day on which its site was selected.
    """
    told = latest(Milestone, (Milestone.deployment_id, Milestone.kind, Milestone.basis), when)
    signed = told.where(
        Milestone.kind == MilestoneKind.AGREEMENT,
        Milestone.basis == Basis.ACTUAL,
        Milestone.deployment_id.in_([it.id for it in deployments]),
    )
    days = {it.id: it.site.selected_on for it in deployments}
    return days | {row.deployment_id: row.due for row in db.session.scalars(signed)}


def slip_days(dues: Mapping[Basis, Any]) -> int | None:
    """Days by which a milestone is later than the plan that counts; None where either is unknown.

    The plan that counts is the revised one where there is one. What was reached counts before
    what is expected; negative days are early.
    """
    told = dues.get(Basis.ACTUAL) or dues.get(Basis.FORECAST)
    plan = dues.get(Basis.REVISED) or dues.get(Basis.BASELINE)
    return (told.due - plan.due).days if told and plan else None


def worse_in_a_row(forecasts: Sequence[date]) -> int:
    """How many times running, up to the newest, a forecast came later than the one before it.

    `forecasts`: from the oldest statement to the newest. One that is repeated ends the run.
    """
    worse = 0
    for before, after in pairwise(forecasts):
        worse = worse + 1 if after > before else 0
    return worse


def forecasts_of(deployment: Deployment, kind: MilestoneKind, when: When) -> list[date]:
    """All days that were forecast for a milestone, from the oldest statement to the newest."""
    told = held(Milestone, when).where(
        Milestone.deployment_id == deployment.id,
        Milestone.kind == kind,
        Milestone.basis == Basis.FORECAST,
    )
    told = told.order_by(Milestone.on, Milestone.recorded_at, Milestone.id)
    return [row.due for row in db.session.scalars(told)]


def next_kind(dues: Mapping[MilestoneKind, Dues]) -> MilestoneKind | None:
    """The first milestone after the last one reached; None where the last of all is."""
    reached = [ORDER[kind] for kind, told in dues.items() if Basis.ACTUAL in told]
    place = max(reached, default=-1) + 1
    return list(MilestoneKind)[place] if place < len(ORDER) else None


def milestone_faults(new: Mapping[int, Milestone]) -> RowErrors:
    """What is wrong with new milestones, by their place: for every door the same."""
    ids = {row.deployment.id for row in new.values()}
    told = select(Milestone).where(
        Milestone.deployment_id.in_(ids), Milestone.basis == Basis.ACTUAL
    )
    with db.session.no_autoflush:
        reached = list(db.session.scalars(told))
    corrected = {row.corrects_id for row in reached} | {
        row.corrects.id for row in new.values() if row.corrects
    }
    old = [row for row in reached if row.id not in corrected]
    old += [row for row in new.values() if row.basis is Basis.ACTUAL and row not in old]
    return blame(new, lambda row: _faults(row, old))


def _faults(row: Milestone, reached: Sequence[Milestone]) -> Iterator[Fault]:
    is_plan = row.basis in PLANS
    yield from same_subject(row)
    yield from wrong_day(row.deployment.site, row, row.on, plan=is_plan)
    if row.basis is not Basis.ACTUAL:
        return
    yield from wrong_day(row.deployment.site, row, row.due, field="due")
    if row.note_ko or row.note_en:
        return
    for other in reached:
        if other.deployment is not row.deployment or other is row:
            continue
        early, late = sorted((row, other), key=lambda it: ORDER[it.kind])
        if early.kind != late.kind and early.due > late.due:
            yield (
                "due",
                _(
                    "“%(late)s” would be reached on %(late_day)s and “%(early)s” only on "
                    "%(early_day)s. Check both days, or say in the note why the order differs.",
                    late=word(late.kind),
                    early=word(early.kind),
                    late_day=late.due,
                    early_day=early.due,
                ),
            )
