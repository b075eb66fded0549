"""Actuals of a solution: figures of its tracked deployments as of a date, worked out by query.

Unit cost: the money spent by sites that deploy nothing else; else the newest budget of the
deployment, over the units accepted, or installed where nothing was accepted; only where the
deployment is finished, for a whole budget over half the units would be wrong. The ledger is kept
by site, so what one of several deployments cost is known by its budget only.
Lead time: days from the site's selection to the day it was accepted, or all installed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from catalog.costing.actuals import Actual, ActualKind, Spread, spread, worth_telling
from catalog.effects.local_results import LocalResult
from catalog.solutions import Solution
from common.db import db
from common.facts import When, latest
from tracker.deployments import Deployment
from tracker.money.account import Account
from tracker.money.ledger import Money
from tracker.outcomes.effects import local_results
from tracker.plan.budgets import FUNDS, Budget, BudgetBasis, budgets_of, total
from tracker.plan.milestones import Basis, Dues, MilestoneKind, milestones_of
from tracker.progress import Quantity, QuantityStage

DONE = (MilestoneKind.ACCEPTED, MilestoneKind.INSTALLED)
COUNTED = (QuantityStage.ACCEPTED, QuantityStage.INSTALLED)
Quantities = dict[QuantityStage, int]


def actuals_of(solution: Solution, when: When | None = None) -> list[Actual]:
    """What the tracked deployments of `solution` tell; a fixed number of statements."""
    when = when or When.of()
    chosen = Deployment.chosen(when)
    query = select(Deployment).join(Deployment.site).where(chosen)
    deployments = list(db.session.scalars(query.where(Deployment.solution_id == solution.id)))
    if not deployments:
        return []
    ids = [it.id for it in deployments]
    quantities, budgets = _quantities(ids, when), budgets_of(ids, when)
    spent, dues = _spent_alone(deployments, when), milestones_of(ids, when)
    real = [
        _per_unit(spent.get(it.id) or budgets[it.id].total_won, quantities[it.id], COUNTED)
        for it in deployments
        if _done(dues.get(it.id, {}), Basis.ACTUAL)
    ]
    planned = [
        _per_unit(_first_plan(budgets[it.id]), quantities[it.id], (QuantityStage.PLANNED,))
        for it in deployments
    ]
    return worth_telling(
        [
            Actual(ActualKind.UNIT_COST, _known(real), _known(planned), "원/개", "KRW per unit"),
            _lead_time(deployments, dues),
            _working(quantities),
            *_outcomes(local_results(solution, when)),
        ]
    )


def _known(values: Sequence[float | None]) -> Spread:
    return spread([it for it in values if it is not None])


def _per_unit(
    won: int | None, counted: Quantities, stages: Sequence[QuantityStage]
) -> float | None:
    units = next((counted[stage] for stage in stages if counted.get(stage)), None)
    return won / units if won and units else None


def _first_plan(budget: Budget) -> int | None:
    rows = (budget.rows.get((fund, BudgetBasis.PLANNED)) for fund in FUNDS)
    return total(row.amount_won for row in rows if row)


def _quantities(ids: Sequence[int], when: When) -> dict[int, Quantities]:
    found: dict[int, Quantities] = defaultdict(dict)
    by = (Quantity.deployment_id, Quantity.stage)
    rows = latest(Quantity, by, when).where(Quantity.deployment_id.in_(ids))
    for row in db.session.scalars(rows):
        if row.value is not None:
            found[row.deployment_id][row.stage] = row.value
    return found


def _spent_alone(deployments: Sequence[Deployment], when: When) -> dict[int, int]:
    """What was spent at sites with one deployment only, by the id of the deployment."""
    sites = {it.site_id: it for it in deployments}
    counts = (
        select(Deployment.site_id, func.count())
        .join(Deployment.site)
        .where(Deployment.chosen(when), Deployment.site_id.in_(sites))
        .group_by(Deployment.site_id)
    )
    alone = [site for site, count in db.session.execute(counts) if count == 1]
    money: dict[int, dict[Any, Money]] = defaultdict(dict)
    by = (Money.site_id, Money.fund, Money.stage)
    for row in db.session.scalars(latest(Money, by, when).where(Money.site_id.in_(alone))):
        money[row.site_id][row.fund, row.stage] = row
    won = {site: Account(rows).spent_won for site, rows in money.items()}
    return {sites[site].id: amount for site, amount in won.items() if amount is not None}


def _done(dues: Mapping[MilestoneKind, Dues], basis: Basis) -> date | None:
    """The day it was accepted, or all installed; None where neither is known."""
    return next((dues[kind][basis].due for kind in DONE if basis in dues.get(kind, {})), None)


def _lead_time(
    deployments: Sequence[Deployment], dues: Mapping[int, Mapping[MilestoneKind, Dues]]
) -> Actual:
    def days(basis: Basis) -> Spread:
        ends = [(it.site.selected_on, _done(dues.get(it.id, {}), basis)) for it in deployments]
        return spread([(end - begin).days for begin, end in ends if end])

    return Actual(ActualKind.LEAD_TIME, days(Basis.ACTUAL), days(Basis.BASELINE), "일", "days")


def _working(quantities: dict[int, Quantities]) -> Actual:
    shares = [
        100 * told[QuantityStage.WORKING] / told[QuantityStage.INSTALLED]
        for told in quantities.values()
        if QuantityStage.WORKING in told and told.get(QuantityStage.INSTALLED)
    ]
    return Actual(ActualKind.SHARE_WORKING, spread(shares), Spread(0), "%", "%")


def _outcomes(results: Sequence[LocalResult]) -> list[Actual]:
    """The newest effect at each deployment, by indicator and by how it was counted."""
    groups: dict[Any, dict[str, LocalResult]] = defaultdict(dict)
    for it in results:  # newest first
        groups[it.indicator.id, it.counting].setdefault(it.deployment, it)
    found = []
    for newest in groups.values():
        rows = list(newest.values())
        told = [row.effect.estimate for row in rows if row.effect.estimate is not None]
        name = rows[0].indicator
        found.append(
            Actual(
                ActualKind.OUTCOME,
                spread(told),
                Spread(0),
                measure_ko=name.name_ko,
                measure_en=name.name_en,
            )
        )
    return found
