"""Moved: what a session was meant to move, as it stood before the session and as it stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from catalog.guidelines import Item
from catalog.indicators import Indicator
from common.db import db
from common.facts import When
from common.locale import day as in_words
from common.locale import number, said, won, word
from tracker.checklists.checklists import find_checks
from tracker.coaching.log import CoachingSession
from tracker.deployments import Deployment
from tracker.money.ledger import Fund, MoneyStage, find_money
from tracker.outcomes.outcomes import find_outcomes
from tracker.outcomes.plausibility import OutcomeKind
from tracker.plan.milestones import Basis, MilestoneKind, milestones_of
from tracker.register.register import unit_records
from tracker.register.units import InstalledUnit
from tracker.rollout import SiteRecord

A_DAY = timedelta(days=1)
OPEN_UNITS = 50  # as many as a list can be read through
BASES = (Basis.ACTUAL, Basis.FORECAST, Basis.REVISED, Basis.BASELINE)


@dataclass(frozen=True)
class Thing:
    """A thing of a site that a session can be linked to."""

    kind: str
    name: str
    label: str
    deployment: Deployment | None = None
    one: Any = None
    other: Any = None

    @property
    def key(self) -> str:
        """What names it in a session."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Moved:
    """A thing with its state on the day before the session and on the day asked about."""

    thing: Thing
    action: int | None
    before: str | None
    now: str | None

    @property
    def changed(self) -> bool:
        """Whether it reads otherwise than before."""
        return self.before != self.now


def thing_of(key: str, site: Any) -> Thing | None:
    """The thing of `site` that `key` names; None where it has none such."""
    kind, _colon, name = key.partition(":")
    first, _colon, second = name.partition(":")
    if kind == "money":
        return _money(first, second)
    if kind == "unit":
        unit = db.session.scalar(select(InstalledUnit).where(InstalledUnit.slug == name))
        mine = unit is not None and unit.deployment.site_id == site.id
        return _unit(unit) if mine and unit else None
    deployment = db.session.scalar(select(Deployment).where(Deployment.slug == first))
    mine = deployment is not None and deployment.site_id == site.id
    return _of_deployment(kind, deployment, second) if mine and deployment else None


def _of_deployment(kind: str, deployment: Deployment, name: str) -> Thing | None:
    if kind == "milestone" and name in set(MilestoneKind):
        return _milestone(deployment, MilestoneKind(name))
    if kind == "item":
        item = db.session.scalar(select(Item).where(Item.key == name))
        return _item(deployment, item) if item else None
    if kind == "outcome":
        found = db.session.scalar(select(Indicator).where(Indicator.slug == name))
        return _outcome(deployment, found) if found else None
    return None


def _milestone(it: Deployment, kind: MilestoneKind) -> Thing:
    label = f"{said(it.solution, 'name')} · {word(kind)}"
    return Thing("milestone", f"{it.slug}:{kind.value}", label, it, kind)


def _item(it: Deployment, item: Item) -> Thing:
    return Thing(
        "item", f"{it.slug}:{item.key}", f"{said(it.solution, 'name')} · {item.key}", it, item
    )


def _unit(unit: InstalledUnit) -> Thing:
    label = f"{said(unit.deployment.solution, 'name')} · {unit.asset_number}"
    return Thing("unit", unit.slug, label, unit.deployment, unit)


def _outcome(it: Deployment, indicator: Indicator) -> Thing:
    label = f"{said(it.solution, 'name')} · {said(indicator, 'name')}"
    return Thing("outcome", f"{it.slug}:{indicator.slug}", label, it, indicator)


def _money(fund: str, stage: str) -> Thing | None:
    if fund not in set(Fund) or stage not in set(MoneyStage):
        return None
    label = f"{word(Fund(fund))} · {word(MoneyStage(stage))}"
    return Thing("money", f"{fund}:{stage}", label, None, Fund(fund), MoneyStage(stage))


def things_to_offer(record: SiteRecord | None) -> dict[str, list[Thing]]:
    """What a session of a site can be linked to, by kind, as its form offers it."""
    if record is None:
        return {}
    deployments = [it.deployment for it in record.deployments]
    units = select(InstalledUnit).where(
        InstalledUnit.deployment_id.in_([it.id for it in deployments])
    )
    seen = unit_records(db.session.scalars(units.limit(OPEN_UNITS)).all())
    checks = db.session.scalars(find_checks(site=record.site)).all()
    indicators = db.session.scalars(select(Indicator).order_by(Indicator.slug)).all()
    stages = (MoneyStage.RECEIVED, MoneyStage.CONTRACTED, MoneyStage.SPENT)
    money = [_money(fund, stage) for fund in Fund for stage in stages]
    return {
        "milestone": [_milestone(it, kind) for it in deployments for kind in MilestoneKind],
        "item": [_item(it.deployment, it.item) for it in checks if it.result != "meets"],
        "unit": [_unit(it.unit) for it in seen if it.condition != "working"],
        "money": [it for it in money if it],
        "outcome": [
            _outcome(it, one)
            for it in deployments
            for one in indicators
            if one.solution_id == it.solution_id
        ],
    }


def moved_faults(rows: Sequence[Mapping[str, Any]], site: Any) -> dict[str, Any]:
    """A sentence for the first link to a thing that the site does not have."""
    for row in rows:
        if thing_of(row["to"], site) is None:
            sentence = _("This site has no “%(thing)s”; choose one from the list.", thing=row["to"])
            return {"moved": [sentence]}
    return {}


def moved_by(session: CoachingSession, when: When) -> list[Moved]:
    """The things that `session` is linked to, before it and as of a date."""
    before = None
    if session.held_on is not None and session.held_on > date.min:
        before = When(session.held_on - A_DAY, when.known_on)
    found = []
    for row in session.moved:
        thing = thing_of(row["to"], session.site)
        if thing is None:  # renamed or taken away since
            continue
        stood = state_of(thing, session.site, before) if before else None
        found.append(Moved(thing, row.get("action"), stood, state_of(thing, session.site, when)))
    return found


def state_of(thing: Thing, site: Any, when: When) -> str | None:
    """How a thing stands as of a date, in words; None for unknown."""
    return STATES[thing.kind](thing, site, when)


def _milestone_state(thing: Thing, _site: Any, when: When) -> str | None:
    if thing.deployment is None:
        return None
    dues = milestones_of([thing.deployment.id], when)[thing.deployment.id][thing.one]
    row = next((dues[basis] for basis in BASES if basis in dues), None)
    return f"{word(row.basis)}: {in_words(row.due, row.due_precision)}" if row else None


def _item_state(thing: Thing, _site: Any, when: When) -> str | None:
    query = find_checks(
        deployment=thing.deployment, item=thing.one, as_of=when.as_of, known_on=_day(when)
    )
    row = db.session.scalars(query).first()
    return f"{word(row.result)} ({in_words(row.on)})" if row else None


def _unit_state(thing: Thing, _site: Any, when: When) -> str | None:
    [record] = unit_records([thing.one], when.as_of, when.known_on)
    if record.seen_on is None:
        return None
    return f"{word(record.condition)} ({in_words(record.seen_on)})"


def _money_state(thing: Thing, site: Any, when: When) -> str | None:
    query = find_money(
        site=site, fund=thing.one, stage=thing.other, as_of=when.as_of, known_on=_day(when)
    )
    newest = db.session.scalars(query).first()
    return f"{won(newest.amount_won)} ({in_words(newest.on, newest.precision)})" if newest else None


def _outcome_state(thing: Thing, _site: Any, when: When) -> str | None:
    query = find_outcomes(
        deployment=thing.deployment,
        indicator=thing.one,
        kind=[OutcomeKind.BASELINE, OutcomeKind.MEASUREMENT],
        as_of=when.as_of,
        known_on=_day(when),
        everybody=True,
    )
    row = db.session.scalars(query).unique().first()
    if row is None or row.numerator is None:
        return None
    whole = f" / {number(row.denominator)}" if row.denominator is not None else ""
    return f"{number(row.numerator)}{whole} {said(row.indicator, 'unit')} ({in_words(row.on)})"


def _day(when: When) -> Any:
    return when.known_on


STATES = {
    "milestone": _milestone_state,
    "item": _item_state,
    "unit": _unit_state,
    "money": _money_state,
    "outcome": _outcome_state,
}
