"""Revision facts: what a plan revision changes, from what to what, and the facts it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from catalog.sources import Mark
from common.db import db
from common.facts import When, held
from common.rows import RowErrors
from tracker.deployments import Deployment
from tracker.plan.budgets import BudgetBasis, BudgetLine, budget_faults, budgets_of
from tracker.plan.milestones import Basis, Milestone, milestone_faults, milestones_of
from tracker.plan.revisions import AMOUNTS, CHANGES, DUES, PlanRevision
from tracker.progress import Quantity, QuantityStage
from tracker.quantity_rules import quantity_faults
from tracker.rollout import deployment_records

FAULTS: dict[type[Any], Any] = {
    Quantity: quantity_faults,
    BudgetLine: budget_faults,
    Milestone: milestone_faults,
}


@dataclass(frozen=True)
class Change:
    """One value that a revision changes: which line and field, before and after."""

    line: int
    name: str
    deployment: Deployment
    before: Any
    after: Any

    def told(self) -> dict[str, Any]:
        """The change as the revision keeps it."""
        return {
            "deployment": self.deployment.slug,
            "name": self.name,
            "before": self.before,
            "after": self.after,
        }


def changes_of(revision: PlanRevision) -> list[Change]:
    """What `revision` changes in the plan that counts on the day from which it holds."""
    when = When.of(revision.on)
    deployments = deployments_of(revision)
    ids = [it.id for it in deployments.values()]
    records = {it.id: it for it in deployment_records(list(deployments.values()), revision.on)}
    budgets, milestones = budgets_of(ids, when), milestones_of(ids, when)

    def before(it: Deployment, name: str) -> Any:
        if name in AMOUNTS:
            line = budgets[it.id].counting(AMOUNTS[name])
            return line.amount_won if line else None
        if name in DUES:
            dues = milestones[it.id][DUES[name]]
            plan = dues.get(Basis.REVISED) or dues.get(Basis.BASELINE)
            return plan.due.isoformat() if plan else None
        return records[it.id].planned_or_revised

    return [
        Change(place, name, it, before(it, name), line[name])
        for place, line in enumerate(revision.lines)
        if (it := deployments.get(line["deployment"])) is not None
        for name in CHANGES
        if name in line
    ]


def deployments_of(revision: PlanRevision) -> dict[str, Deployment]:
    """The deployments of the revision's own site that its lines name, by slug."""
    names = [line["deployment"] for line in revision.lines]
    with db.session.no_autoflush:
        own = select(Deployment).where(
            Deployment.site_id == revision.site.id, Deployment.slug.in_(names)
        )
        return {it.slug: it for it in db.session.scalars(own)}


def facts_of(revision: PlanRevision, changes: Sequence[Change]) -> dict[int, Any]:
    """The facts that `changes` become, by their place among them; not in the session yet."""
    return {place: _fact(revision, change) for place, change in enumerate(changes)}


def _fact(revision: PlanRevision, change: Change) -> Any:
    values: dict[str, Any]
    if change.name in AMOUNTS:
        model: Any = BudgetLine
        values = {"fund": AMOUNTS[change.name], "basis": BudgetBasis.REVISED}
        values["amount_won"] = change.after
    elif change.name in DUES:
        model = Milestone
        values = {"kind": DUES[change.name], "basis": Basis.REVISED}
        values["due"] = date.fromisoformat(change.after)
    else:
        model = Quantity
        values = {"stage": QuantityStage.REVISED, "value": change.after}
    name = change.name.replace("_", "-")
    fact = model(
        key=f"{revision.slug}-{change.line}-{name}",
        deployment=change.deployment,
        on=revision.on,
        recorded_by=revision.recorded_by,
        mark=Mark.REPORTED,
        note_ko=f"계획 변경 {revision.slug}: {revision.reason}",
        note_en=f"Plan revision {revision.slug}: {revision.reason}",
        **values,
    )
    fact.corrects = of_the_same_day(fact)
    return fact


def of_the_same_day(fact: Any) -> Any:
    """What stands for the subject of `fact` on its very day: a new fact takes its place."""
    model = type(fact)
    with db.session.no_autoflush:
        rows = db.session.scalars(
            held(model, When.of(fact.on)).where(
                model.deployment_id == fact.deployment.id, model.on == fact.on
            )
        ).unique()
        return next((row for row in rows if row.subject == fact.subject), None)


def revision_faults(revision: PlanRevision) -> dict[str, Any]:
    """What is wrong with a revision, by field; a wrong line by its place and the name in it."""
    found: RowErrors = {}
    own = deployments_of(revision)
    for place, line in enumerate(revision.lines):
        if line["deployment"] not in own:
            sentence = _("This deployment is at another site; name one of this site.")
            found[place] = {"deployment": [sentence]}
    changes = changes_of(revision)
    for change in changes:
        if change.before == change.after:
            sentence = _("The plan says this already; leave it out, or give the new value.")
            found.setdefault(change.line, {})[change.name] = [sentence]
    on: list[str] = []
    if revision.on < revision.site.selected_on:
        day = revision.site.selected_on
        on = [_("The site was selected on %(day)s; give that day or a later one.", day=day)]
    for place, field, sentences in _faults_of(facts_of(revision, changes)):
        if field == "on":
            on += [sentence for sentence in sentences if sentence not in on]
        else:
            change = changes[place]
            found.setdefault(change.line, {}).setdefault(change.name, []).extend(sentences)
    lines = {str(place): wrong for place, wrong in found.items()}
    return ({"lines": lines} if lines else {}) | ({"on": on} if on else {})


def _faults_of(facts: dict[int, Any]) -> Iterator[tuple[int, str, list[str]]]:
    for model, faults in FAULTS.items():
        mine = {place: it for place, it in facts.items() if isinstance(it, model)}
        for place, wrong in (faults(mine) if mine else {}).items():
            for field, sentences in wrong.items():
                yield place, field, sentences
