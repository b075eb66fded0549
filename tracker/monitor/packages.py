"""Packages: a site or one deployment as a piece of work whose values can be asked of any day.

The facts of all packages are read once; a day sees those that held on it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from common.db import db
from common.facts import When, held
from tracker.money.account import Account
from tracker.money.ledger import Money, MoneyStage
from tracker.monitor.performance import (
    Lacking,
    Value,
    Values,
    Work,
    unsplit,
    whole,
)
from tracker.plan.budgets import BudgetBasis, BudgetLine, total
from tracker.plan.milestones import Basis, Milestone, MilestoneKind
from tracker.progress import Quantity, QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord

# The milestone that counts as the end of the work, and the quantity that it is held against.
ENDS = (
    (MilestoneKind.ACCEPTED, QuantityStage.ACCEPTED),
    (MilestoneKind.INSTALLED, QuantityStage.INSTALLED),
)
# What tells a fact apart from the others of its site or deployment, and what it says.
TOLD: dict[Any, tuple[Any, ...]] = {
    BudgetLine: (BudgetLine.fund, BudgetLine.basis, BudgetLine.amount_won),
    Milestone: (Milestone.kind, Milestone.basis, Milestone.due),
    Quantity: (Quantity.stage, Quantity.value),
    Money: (Money.fund, Money.stage, Money.amount_won),
}


@dataclass(frozen=True)
class Facts:
    """Facts of some sites and deployments, each with its own, from the oldest to the newest."""

    rows: Mapping[Any, Mapping[int, Sequence[Any]]]

    def newest(self, model: Any, of: int, day: date) -> dict[Any, Any]:
        """The newest fact of each kind that held on `day`."""
        told = self.rows[model].get(of, ())
        keys = [column.key for column in TOLD[model][:-1]]
        found = {tuple(getattr(row, key) for key in keys): row for row in told if row.on <= day}
        return {key if len(key) > 1 else key[0]: row for key, row in found.items()}

    def account(self, site: SiteRecord, day: date) -> Account:
        """The money of `site` on `day`; what is carried over from year to year is no part of it."""
        rows = self.newest(Money, site.id, day)
        kept = {key: row for key, row in rows.items() if key[1] != MoneyStage.CARRIED_OVER}
        return Account(kept, site.round.match_local_per_national)

    def work(self, deployment: int, day: date) -> tuple[Work, End]:
        """A deployment as a piece of work, by its first plan: revising a plan is no progress."""
        budgets = self.newest(BudgetLine, deployment, day)
        dues = self.newest(Milestone, deployment, day)
        quantities = self.newest(Quantity, deployment, day)
        first = [row.amount_won for (_f, on), row in budgets.items() if on is BudgetBasis.PLANNED]
        kind, stage = next((it for it in ENDS if (it[0], Basis.BASELINE) in dues), ENDS[1])
        plan, forecast = (dues.get((kind, basis)) for basis in (Basis.BASELINE, Basis.FORECAST))
        reached = (kind, Basis.ACTUAL) in dues
        end = End(plan and plan.due, None if reached or not forecast else forecast.due)
        done, planned = (quantities.get(it) for it in (stage, QuantityStage.PLANNED))
        due = None if end.plan is None else end.plan <= day
        return Work(total(first), due, planned and planned.value, done and done.value), end

    def days(self, deployments: Iterable[int], site: int) -> list[date]:
        """Every day on which something held anew, or on which a milestone was to be reached."""
        found = {row.on for row in self.rows[Money].get(site, ())}
        for model in (BudgetLine, Milestone, Quantity):
            for it in deployments:
                found |= {row.on for row in self.rows[model].get(it, ())}
        for it in deployments:
            found |= {row.due for row in self.rows[Milestone].get(it, ())}
        return sorted(found)


@dataclass(frozen=True)
class End:
    """The day on which a work is to end: by the first plan, and as it is still expected."""

    plan: date | None
    expected: date | None


@dataclass
class Package:
    """A site with its `deployments`, or one of them with its share of the site's money.

    `alone`: whether nothing else shares the money of the site.
    """

    facts: Facts
    site: SiteRecord
    deployments: Sequence[DeploymentRecord]
    is_site: bool
    alone: bool
    as_of: date
    changes: list[date] = field(init=False)

    def __post_init__(self) -> None:
        """Know when its values may change."""
        self.changes = self.facts.days([it.id for it in self.deployments], self.site.id)

    @cached_property
    def now(self) -> Values:
        """The values on the day that is asked about."""
        return self.on(self.as_of)

    @cached_property
    def works(self) -> list[tuple[Work, End]]:
        """Its works on the day that is asked about, with their ends."""
        return [self.facts.work(it.id, self.as_of) for it in self.deployments]

    def on(self, day: date) -> Values:
        """The values by the facts that held on `day`."""
        works = [self.facts.work(it.id, day)[0] for it in self.deployments]
        return self._values(works, day)

    def planned(self, day: date) -> Value:
        """What is due by `day`, by the plan that stands on the day that is asked about."""
        works = [
            replace(work, is_due=None if end.plan is None else end.plan <= day)
            for work, end in self.works
        ]
        return self._values(works, self.as_of).pv

    def expected(self, day: date) -> Value:
        """What will be earned by `day` where each work ends when it is expected to.

        A work that nobody expects on a day to come stays at what is earned now.
        """
        works = [
            replace(work, done_qty=work.planned_qty)
            if end.expected is not None and self.as_of < end.expected <= day
            else work
            for work, end in self.works
        ]
        return self._values(works, self.as_of).ev

    @cached_property
    def plan_days(self) -> list[date]:
        """The days on which something is due by the plan."""
        return sorted({end.plan for _work, end in self.works if end.plan is not None})

    @cached_property
    def plan_values(self) -> list[Value]:
        """What is due before the first of `plan_days`, and by each of them."""
        return [self.planned(day) for day in (date.min, *self.plan_days)]

    def due_won(self, day: date) -> int:
        """What is due by `day`; 0 where that is not known."""
        return self.plan_values[bisect_right(self.plan_days, day)].won or 0

    def walked(self, days: Iterable[date], value: Callable[[date], Any]) -> list[Any]:
        """`value` on each of `days`, which rise; worked out anew where something changed."""
        told: list[Any] = []
        before = -1
        for day in days:
            count = bisect_right(self.changes, day)
            told.append(told[-1] if count == before else value(day))
            before = count
        return told

    def _values(self, works: Sequence[Work], day: date) -> Values:
        if not self.is_site and not self.alone:
            # Money is told by site, so that one deployment of several has no spending of its own.
            work = works[0]
            unknown = Value(None, Lacking.SPLIT)
            return Values(work.budget, work.planned, work.earned, unknown)
        account = self.facts.account(self.site, day)
        spent = account.spent_won
        ac = Value(spent, Lacking.SPENDING if spent is None else None)
        if not self.alone and self._narrowed:
            ac = Value(None, Lacking.SPLIT)
        if works and (self._narrowed or all(it.budget_won is not None for it in works)):
            return Values(
                whole([it.budget for it in works]),
                whole([it.planned for it in works]),
                whole([it.earned for it in works]),
                ac,
            )
        agreed_won = account.committed_won
        budget = Work(agreed_won, None, None, None).budget
        return Values(budget, *unsplit(agreed_won, works), ac)

    @property
    def _narrowed(self) -> bool:
        return len(self.deployments) < len(self.site.deployments)


def facts_of(sites: Sequence[SiteRecord], when: When) -> Facts:
    """What held of `sites` by the day that is asked about; four statements, however many."""
    ids = [it.id for it in sites]
    deployments = [it.id for site in sites for it in site.deployments]
    rows: dict[Any, dict[int, list[Any]]] = {}
    for model, columns in TOLD.items():
        owner = model.site_id if model is Money else model.deployment_id
        query = held(model, when).where(owner.in_(ids if model is Money else deployments))
        query = query.order_by(model.on, model.recorded_at, model.id)
        found: dict[int, list[Any]] = defaultdict(list)
        for row in db.session.execute(
            query.with_only_columns(owner.label("of"), model.on, *columns)
        ):
            found[row.of].append(row)
        rows[model] = found
    return Facts(rows)
