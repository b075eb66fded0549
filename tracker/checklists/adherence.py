"""Adherence: which items each deployment is held against, and how it answers, as of a date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from catalog.guidance.adherence import ADHERENCE
from catalog.guidelines import BINDING, Guideline, Item, Stage
from common.db import db
from common.facts import When
from tracker.checklists.checklists import Check, CheckDecision, decided, standing
from tracker.checklists.compliance import DUE_NEXT, Entry, Tally, blocks, grouped, tally
from tracker.deployments import Deployment
from tracker.plan.milestones import agreed_on
from tracker.states import State


def items_for(deployments: Sequence[Deployment]) -> list[Item]:
    """Items of binding texts that are about the solutions of `deployments`."""
    solutions = {it.solution_id for it in deployments}
    query = (
        select(Item)
        .join(Item.guideline)
        .where(or_(Item.solution_id.in_(solutions), Item.solution_id.is_(None)))
        .where(Guideline.status.in_(BINDING))
        .options(contains_eager(Item.guideline).selectinload(Guideline.replaced_by))
        .order_by(Item.id)
    )
    return list(db.session.scalars(query).unique())


def entries_of(deployments: Sequence[Deployment], when: When) -> list[Entry]:
    """What each of `deployments` is held against, deployment by deployment, with its answers.

    A fixed number of statements, however many there are.
    """
    ids = [it.id for it in deployments]
    stand = db.session.scalars(standing(when).where(Check.deployment_id.in_(ids)))
    checks = {(check.deployment_id, check.item_id): check for check in stand}
    told = decided(when).join(CheckDecision.check).where(Check.deployment_id.in_(ids))
    decisions = {decision.check_id: decision for decision in db.session.scalars(told)}
    held = _held(deployments, agreed_on(deployments, when))
    entries = []
    for it in deployments:
        for item in held[it.id]:
            check = checks.get((it.id, item.id))
            entries.append(Entry(it, item, check, decisions.get(check.id) if check else None))
    return entries


def _held(deployments: Sequence[Deployment], agreed: Mapping[int, date]) -> dict[int, list[Item]]:
    """The items that each of `deployments`, `agreed` on a day, is held against, by its id.

    A text binds all of its items or none, so it is asked once for each day of an agreement.
    """
    about: dict[int | None, list[Item]] = defaultdict(list)
    texts: dict[int, Guideline] = {}
    for item in items_for(deployments):
        about[item.solution_id].append(item)
        texts[item.guideline_id] = item.guideline
    bound = {
        day: {key for key, text in texts.items() if text.bound_on(day)}
        for day in set(agreed.values())
    }
    held: dict[int, list[Item]] = {}
    for it in deployments:
        asked = sorted(about[None] + about[it.solution_id], key=lambda item: item.id)
        held[it.id] = [item for item in asked if item.guideline_id in bound[agreed[it.id]]]
    return held


def blocking(deployment: Deployment, stage: Stage, when: When) -> list[Item]:
    """The must-items that block `stage` of `deployment`: of that stage and the earlier ones.

    An item blocks unless it is met, does not apply for a stated reason, or deviates with the
    approval of the ministry. For whoever takes a report that moves the deployment on.
    """
    return [entry.item for entry in blocks(entries_of([deployment], when), stage)]


def compliance_of(deployments: Sequence[Any], when: When) -> dict[int, Tally]:
    """The counts of each of `deployments`, by its id."""
    groups = grouped(entries_of(deployments, when), lambda entry: entry.deployment.id)
    return {key: tally(entries) for key, entries in groups.items()}


@dataclass
class Checklist:
    """The checklist of a deployment as of a date, and what of it is shown."""

    deployment: Deployment
    when: When
    state: State
    entries: list[Entry]
    shown: list[Entry]

    @cached_property
    def tally(self) -> Tally:
        """The counts of the whole checklist."""
        return tally(self.entries)

    @property
    def selected_on(self) -> date:
        """The day of the site's selection."""
        return self.deployment.site.selected_on

    @cached_property
    def agreed_on(self) -> date:
        """The day of the agreement; of the selection where none is on record."""
        return agreed_on([self.deployment], self.when)[self.deployment.id]

    @property
    def next_stage(self) -> Stage | None:
        """The stage whose items are due before it can be told to be further."""
        return DUE_NEXT.get(self.state)

    @cached_property
    def blocking(self) -> list[Entry]:
        """What stands in the way of the next stage."""
        return blocks(self.entries, self.next_stage) if self.next_stage else []

    @cached_property
    def by_stage(self) -> dict[Stage, list[Entry]]:
        """What is shown, in the order of the stages."""
        groups = grouped(self.shown, lambda entry: entry.item.stage)
        return {stage: groups[stage] for stage in Stage if stage in groups}

    @cached_property
    def later(self) -> list[tuple[Guideline, int]]:
        """Texts that took effect after the agreement, with how many items each has for it."""
        items = items_for([self.deployment])
        late = [item for item in items if item.guideline.came_after(self.agreed_on)]
        groups = {it.guideline: 0 for it in late}
        for item in late:
            groups[item.guideline] += 1
        return list(groups.items())


class TrackedAdherence:
    """What the tracker tells the catalog about its guidelines and items, as of today."""

    def held(self, guideline: Guideline) -> list[Any]:
        """The deployments held against `guideline`, with their counts."""
        when = When.of()
        deployments = deployments_about(guideline)
        mine = [it for it in entries_of(deployments, when) if it.item.guideline_id == guideline.id]
        groups = grouped(mine, lambda entry: entry.deployment.id)
        by_id, agreed = {it.id: it for it in deployments}, agreed_on(deployments, when)
        return [Bearing(by_id[key], agreed[key], tally(rows)) for key, rows in groups.items()]

    def earlier(self, guideline: Guideline) -> list[Any]:
        """The deployments agreed before `guideline` took effect, and so not held against it."""
        deployments = deployments_about(guideline)
        agreed = agreed_on(deployments, When.of())
        return [
            Bearing(it, agreed[it.id], None)
            for it in deployments
            if guideline.came_after(agreed[it.id])
        ]

    def by_item(self, items: Sequence[Item]) -> dict[int, Tally]:
        """How the deployments answer each of `items`, by its id."""
        wanted = {item.id for item in items}
        query = select(Deployment).order_by(Deployment.id)
        entries = entries_of(list(db.session.scalars(query)), When.of())
        mine = [entry for entry in entries if entry.item.id in wanted]
        groups = grouped(mine, lambda entry: entry.item.id)
        return {key: tally(rows) for key, rows in groups.items()}


@dataclass(frozen=True)
class Bearing:
    """A deployment that a guideline is about, with its counts where it is held against it."""

    deployment: Deployment
    agreed_on: date
    tally: Tally | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.deployment, name)


def deployments_about(guideline: Guideline) -> list[Deployment]:
    """All deployments of the solutions that the items of `guideline` are about."""
    about = {item.solution_id for item in guideline.items}
    query = select(Deployment).order_by(Deployment.site_id, Deployment.id)
    if None not in about:
        query = query.where(Deployment.solution_id.in_(about))
    return list(db.session.scalars(query)) if about else []


ADHERENCE.append(TrackedAdherence())
