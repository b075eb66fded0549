"""Plans: what a site planned, revised and did, deployment by deployment, as of a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from common.db import db
from common.facts import When
from common.schema import Schema
from tracker.money.ledger import Fund
from tracker.plan.budgets import FUNDS, Budget, BudgetSchema, budgets_of, total
from tracker.plan.milestones import Dues, MilestoneKind, MilestoneSchema, milestones_of, slip_days
from tracker.plan.revisions import (
    RevisionRecord,
    RevisionSchema,
    find_revisions,
    revision_records,
)
from tracker.rollout import DeploymentRecord, SiteRecord
from tracker.told import DeploymentToldSchema


@dataclass(frozen=True)
class PlanLine:
    """One deployment in the plan: its quantities, its budget and its milestones."""

    record: DeploymentRecord
    budget: Budget
    milestones: Mapping[MilestoneKind, Dues]

    @property
    def slips(self) -> dict[MilestoneKind, int | None]:
        """Days by which each known milestone is later than planned; None for unknown."""
        return {kind: slip_days(self.milestones[kind]) for kind in self.kinds}

    @property
    def kinds(self) -> list[MilestoneKind]:
        """The milestones of which something is known, in their order."""
        return [kind for kind in MilestoneKind if self.milestones.get(kind)]


@dataclass(frozen=True)
class Plan:
    """The plan of a site as of a date, beside the money that was committed."""

    site: SiteRecord
    lines: Sequence[PlanLine]
    revisions: Sequence[RevisionRecord]

    def budget_won(self, fund: Fund) -> int | None:
        """What all deployments are to cost `fund`; None where no budget is known."""
        rows = (line.budget.counting(fund) for line in self.lines)
        return total(row.amount_won if row else None for row in rows)

    @property
    def total_won(self) -> int | None:
        """What all deployments are to cost."""
        return total(line.budget.total_won for line in self.lines)

    @property
    def difference_won(self) -> int | None:
        """The budget less the money committed, to the won; None where either is unknown."""
        committed = self.site.account.committed_won
        return None if committed is None or self.total_won is None else self.total_won - committed

    @property
    def without_budget(self) -> list[PlanLine]:
        """The deployments whose budget nobody told."""
        return [line for line in self.lines if line.budget.total_won is None]


class PlanLineSchema(Schema):
    """One deployment of a plan as the API tells it."""

    deployment = fields.Nested(DeploymentToldSchema, attribute="record")
    milestones = fields.Method("all_milestones")
    slip_days = fields.Function(
        lambda line: {kind.value: days for kind, days in line.slips.items()}
    )
    budget = fields.Function(lambda line: BudgetSchema().dump(line.budget.rows.values(), many=True))
    budget_won = fields.Integer(attribute="budget.total_won")

    def all_milestones(self, line: PlanLine) -> Any:
        """The newest statement of each milestone on each basis."""
        rows = [row for kind in line.kinds for row in line.milestones[kind].values()]
        return MilestoneSchema().dump(rows, many=True)


class PlanSchema(Schema):
    """The plan of a site as the API tells it."""

    site = fields.String(attribute="site.slug")
    as_of = fields.Date(attribute="site.when.as_of")
    lines = fields.List(fields.Nested(PlanLineSchema))
    budget_won = fields.Integer(attribute="total_won")
    budget_won_by_fund = fields.Function(
        lambda plan: {fund.value: plan.budget_won(fund) for fund in FUNDS}
    )
    committed_won = fields.Integer(attribute="site.account.committed_won")
    difference_won = fields.Integer()
    revisions = fields.List(fields.Nested(RevisionSchema))


def plan_of(record: SiteRecord) -> Plan:
    """The plan of a site as of the record's date; a fixed number of statements."""
    when: When = record.when
    ids = [it.id for it in record.deployments]
    budgets, milestones = budgets_of(ids, when), milestones_of(ids, when)
    dates: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
    told = db.session.scalars(find_revisions(site=record.site, **dates)).all()
    lines = [PlanLine(it, budgets[it.id], milestones[it.id]) for it in record.deployments]
    return Plan(record, lines, revision_records(told, **dates))
