"""Plan kinds: milestones, budgets, revisions and reports as lists, files and imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.resource import Resource
from common.schema import Schema, describe
from tracker.facets import choices
from tracker.plan import budgets, milestones
from tracker.plan.budgets import BudgetBasis, BudgetFilters, BudgetLine, BudgetSchema
from tracker.plan.milestones import (
    Basis,
    Milestone,
    MilestoneFilters,
    MilestoneKind,
    MilestoneSchema,
)
from tracker.plan.revisions import (
    PlanRevision,
    RevisionFilters,
    RevisionLineSchema,
    RevisionSchema,
    RevisionState,
    find_revisions,
    revision_records,
)
from tracker.reports.reporting import reporting
from tracker.reports.reports import (
    Report,
    ReportFilters,
    ReportState,
    StoredReportSchema,
    find_reports,
)
from tracker.reports.told import ReportSchema, report_records
from tracker.rounds import Track


def milestone_options(_rows: list[Any], _asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of milestones can be narrowed to."""
    return choices() | {"kinds": dict.fromkeys(MilestoneKind), "bases": dict.fromkeys(Basis)}


def budget_options(_rows: list[Any], _asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of budget lines can be narrowed to."""
    return choices() | {
        "funds": dict.fromkeys(budgets.FUNDS),
        "bases": dict.fromkeys(BudgetBasis),
    }


def revision_options(_rows: list[Any], _asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of revisions can be narrowed to, and what their fields are called."""
    return choices() | {
        "states": dict.fromkeys(RevisionState),
        "line_form": describe(RevisionLineSchema()),
    }


def report_options(_rows: list[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of reports can be narrowed to, and who is silent in the month asked about."""
    dates = {name: asked[name] for name in ("as_of", "known_on")}
    track = asked.get("track", Track.DIFFUSION)
    return choices() | {
        "states": dict.fromkeys(ReportState),
        "reporting": reporting(asked["month"], track, **dates),
    }


def plan_kind(schema: type[Schema], **more: Any) -> Resource:
    """A list without a page for each of its rows: the plan of the site shows them."""
    return Resource(schema=schema, alone=False, **more)


# In the order in which they are loaded.
PLAN_KINDS = [
    plan_kind(
        MilestoneSchema,
        one="milestone",
        many="milestones",
        model=Milestone,
        filters=MilestoneFilters,
        find=milestones.find_milestones,
        load=milestones.TOLD,
        extras=milestone_options,
        sorts={"due": Milestone.due, "on": Milestone.on},
        together=milestones.milestone_faults,
    ),
    plan_kind(
        BudgetSchema,
        one="budget",
        many="budgets",
        model=BudgetLine,
        filters=BudgetFilters,
        find=budgets.find_budgets,
        load=budgets.TOLD,
        extras=budget_options,
        sorts={"amount_won": BudgetLine.amount_won, "on": BudgetLine.on},
        together=budgets.budget_faults,
    ),
    plan_kind(
        RevisionSchema,
        one="revision",
        many="revisions",
        model=PlanRevision,
        filters=RevisionFilters,
        find=find_revisions,
        tell=revision_records,
        extras=revision_options,
        sorts={"proposed_on": PlanRevision.proposed_on, "on": PlanRevision.on},
    ),
    plan_kind(
        StoredReportSchema,
        one="report",
        many="reports",
        model=Report,
        filters=ReportFilters,
        find=find_reports,
        tell=report_records,
        told=ReportSchema,
        extras=report_options,
        sorts={"month": Report.month},
    ),
]
