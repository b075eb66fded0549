"""Rules about the plan: milestones that are late, and forecasts that grow worse and worse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from common.db import db
from common.facts import held
from common.locale import day, number, said, word
from tracker.alerts.alerts import Alert, Ground, Known
from tracker.alerts.rules import RULES, RuleName
from tracker.plan.milestones import (
    ORDER,
    Basis,
    Dues,
    Milestone,
    MilestoneKind,
    milestones_of,
    slip_days,
    worse_in_a_row,
)
from tracker.rollout import SiteRecord
from tracker.states import State


@dataclass(frozen=True)
class Slip:
    """The first milestone of a deployment that is late: by how many days, against which plan."""

    record: SiteRecord
    deployment: Any
    kind: MilestoneKind
    dues: Dues
    days: int
    since: date

    @property
    def plan(self) -> Milestone:
        """The plan that counts."""
        return self.dues.get(Basis.REVISED) or self.dues[Basis.BASELINE]

    @property
    def forecast(self) -> Milestone | None:
        """When it is expected now; None where nobody said."""
        return self.dues.get(Basis.FORECAST)

    @property
    def says(self) -> str:
        """What is late: by its forecast, or by the day itself, where nothing tells that it came."""
        told = {
            "kind": word(self.kind),
            "day": day(self.plan.due, self.plan.due_precision),
            "days": number(self.days),
        }
        if self.days == slip_days(self.dues):
            return str(_("“%(kind)s”: planned for %(day)s, expected %(days)s days later", **told))
        unseen = _("“%(kind)s”: planned for %(day)s, not on record %(days)s days later", **told)
        return str(unseen)


def about_deployment(record: SiteRecord, it: Any, name: RuleName, **told: Any) -> Alert:
    """An alert about a deployment, which the municipality of its site answers for."""
    return Alert(
        name=name,
        title=f"{said(it.solution, 'name')}, {said(record, 'name')}",
        owner=record.municipality.organisation,
        act=str(RULES[name].act),
        record=record,
        **({"subject": it.slug} | told),
    )


def open_from(dues: Mapping[MilestoneKind, Dues], state: State) -> int:
    """The place of the first milestone that is not reached, by the days told and by the state."""
    reached = [ORDER[kind] for kind, told in dues.items() if Basis.ACTUAL in told]
    if state is State.COMPLETION_REPORTED:
        reached.append(ORDER[MilestoneKind.INSTALLED])
    if state in (State.WORKING, State.WITHDRAWN):
        reached.append(len(ORDER))
    return max(reached, default=-1) + 1


def slip_of(dues: Dues, on: date) -> tuple[int, date] | None:
    """Days that an open milestone is behind its plan on `on`, and since when it is late at all.

    None where no plan is known, or it is not late by the limit of the rule.
    """
    plan = dues.get(Basis.REVISED) or dues.get(Basis.BASELINE)
    if plan is None:
        return None
    limit = RULES[RuleName.MILESTONE_SLIP]["days"]
    told, passed = slip_days(dues) or 0, (on - plan.due).days
    if max(told, passed) < limit:
        return None
    crossed = [plan.due + timedelta(days=limit)] if passed >= limit else []
    if told >= limit:
        crossed.append(dues[Basis.FORECAST].on)
    return max(told, passed), min(crossed)


def slips(ground: Ground) -> Iterator[Slip]:
    """The first late milestone of each deployment; one statement."""
    told = milestones_of(list(ground.by_deployment), ground.when)
    for record, it in ground.by_deployment.values():
        dues = told.get(it.id)
        if not dues or record.state is State.WITHDRAWN:
            continue
        for kind in list(MilestoneKind)[open_from(dues, it.state) :]:
            found = slip_of(dues.get(kind, {}), ground.when.as_of)
            if found:
                yield Slip(record, it, kind, dues[kind], *found)
                break


def _stated(row: Milestone, path: str) -> Known:
    """A day that somebody stated for a milestone, as exactly as it is known."""
    due = day(row.due, row.due_precision)
    what = f"{word(row.kind)}, {word(row.basis)}"
    return Known(what, due, "", row.on, path, precision=row.precision)


def late_milestones(ground: Ground) -> Iterator[Alert]:
    """Milestones that are behind their plan."""
    for slip in slips(ground):
        path = f"/sites/{slip.record.slug}/plan"
        rows = [slip.plan, *([slip.forecast] if slip.forecast else [])]
        yield about_deployment(
            slip.record,
            slip.deployment,
            RuleName.MILESTONE_SLIP,
            subject=f"{slip.deployment.slug}:{slip.kind}",
            says=slip.says,
            since=slip.since,
            measure=slip.days,
            unit="days",
            facts=tuple(_stated(row, path) for row in rows),
            act_path=path,
        )


def worse_forecasts(ground: Ground) -> Iterator[Alert]:
    """Open milestones whose forecast came later several times in a row; two statements."""
    limit = RULES[RuleName.FORECAST_WORSE]["times"]
    told = milestones_of(list(ground.by_deployment), ground.when)
    for (deployment_id, kind), rows in forecasts(ground).items():
        record, it = ground.by_deployment[deployment_id]
        worse = worse_in_a_row([row.due for row in rows])
        reached = ORDER[kind] < open_from(told.get(deployment_id, {}), it.state)
        if worse < limit or reached or record.state is State.WITHDRAWN:
            continue
        run = rows[-worse - 1 :]
        path = f"/sites/{record.slug}/plan"
        yield about_deployment(
            record,
            it,
            RuleName.FORECAST_WORSE,
            subject=f"{it.slug}:{kind}",
            says=_(
                "“%(kind)s” was put off %(times)s times in a row, by %(days)s days in all",
                kind=word(kind),
                times=worse,
                days=(run[-1].due - run[0].due).days,
            ),
            since=run[limit].on,
            measure=worse,
            unit="times",
            facts=tuple(_stated(row, path) for row in run),
            act_path=path,
        )


def forecasts(ground: Ground) -> dict[tuple[int, MilestoneKind], list[Milestone]]:
    """Every forecast that stood, by deployment and kind, from the oldest statement on."""
    rows = held(Milestone, ground.when).where(
        Milestone.basis == Basis.FORECAST,
        Milestone.deployment_id.in_(list(ground.by_deployment)),
    )
    found: dict[tuple[int, MilestoneKind], list[Milestone]] = defaultdict(list)
    ordered = rows.order_by(Milestone.on, Milestone.recorded_at, Milestone.id)
    for row in db.session.scalars(ordered):
        found[row.deployment_id, row.kind].append(row)
    return found
