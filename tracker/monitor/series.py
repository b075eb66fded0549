"""Series: what each site shows on a layer on each of some days, from facts that are read once."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import lazyload

from catalog.evidence import Evidence
from common.db import db
from common.facts import When, held, known
from tracker.coaching.log import CoachingSession
from tracker.deployments import Deployment
from tracker.money.account import Account
from tracker.money.ledger import Money, MoneyStage
from tracker.monitor.layers import Layer, Reading
from tracker.progress import Progress, Quantity, QuantityStage
from tracker.register.faults import Result
from tracker.register.inspections import Inspection
from tracker.register.units import InstalledUnit
from tracker.sites import Site
from tracker.states import State

Series = dict[int, list[Reading]]
PLANS = (QuantityStage.PLANNED, QuantityStage.REVISED)
DONE = (State.COMPLETION_REPORTED, State.WORKING)
PARTLY = State.PARTLY_INSTALLED.rank


def series(layer: Layer, sites: Sequence[Site], days: Sequence[date], known_on: Any) -> Series:
    """The readings of `sites` on each of `days`, which rise, by the id of the site.

    A fixed number of statements, however many days and sites: facts are read once as of the last
    day, and a day sees those that held on it.
    """
    when = When.of(days[-1], known_on)
    found: Series = READERS[layer]({it.id: it for it in sites}, days, when)
    return {it.id: found[it.id] for it in sites}


def walked(
    facts: Iterable[Any], days: Sequence[date], value: Callable[[list[Any]], Reading]
) -> list[Reading]:
    """`value` of the facts that held on each of `days`; worked out anew where there are more."""
    ordered = sorted(facts, key=lambda it: (it.on, it.recorded_at, it.id))
    begun = [it.on for it in ordered]
    told: list[Reading] = []
    before = -1
    for day in days:
        count = bisect_right(begun, day)
        told.append(told[-1] if count == before else value(ordered[:count]))
        before = count
    return told


def _facts(model: Any, when: When, sites: dict[int, Site]) -> dict[int, list[Any]]:
    """Facts that stand, by site."""
    query = held(model, when)
    through = hasattr(model, "site_id")
    if not through:
        query = query.join(Deployment, Deployment.id == model.deployment_id)
    site_id = model.site_id if through else Deployment.site_id
    query = query.options(lazyload("*")).add_columns(site_id)  # what held, not who says so
    facts: dict[int, list[Any]] = defaultdict(list)
    for fact, of in db.session.execute(query.where(site_id.in_(sites))):
        facts[of].append(fact)
    return facts


def _deployments(when: When, sites: dict[int, Site]) -> dict[int, list[Deployment]]:
    bare = select(Deployment).options(lazyload("*"))
    query = bare.join(Deployment.site).where(Deployment.chosen(when))
    found: dict[int, list[Deployment]] = defaultdict(list)
    for it in db.session.scalars(query.where(Deployment.site_id.in_(sites))):
        found[it.site_id].append(it)
    return found


def _state(sites: dict[int, Site], days: Sequence[date], when: When) -> Series:
    """The furthest state, by the rules of `tracker/ranks.py`."""
    happened, counted = _facts(Progress, when, sites), _facts(Quantity, when, sites)
    chosen = _deployments(when, sites)

    def read(site: Site) -> list[Reading]:
        facts = [*happened[site.id], *counted[site.id]]
        told = walked(facts, days, lambda held_then: Reading(_rank(held_then)))
        # A deployment that is known makes its site planned, from the day of the selection.
        least = [chosen[site.id] and site.selected_on <= day for day in days]
        ranks = [
            max(int(it.value or 0), PLANNED if planned else 0)
            for it, planned in zip(told, least, strict=True)
        ]
        return [Reading(list(State)[rank].value) for rank in ranks]

    return {key: read(site) for key, site in sites.items()}


PLANNED = State.PLANNED.rank


def _rank(facts: list[Any]) -> int:
    whole = [it for it in facts if isinstance(it, Progress) and it.deployment_id is None]
    complete = any(it.state in DONE for it in whole)
    quantities = [it for it in facts if isinstance(it, Quantity)]
    plans = {key: _plan(stages) for key, stages in _newest(quantities).items()}
    ranks = [_seen(it, plans[it.deployment_id], complete) for it in quantities if it.value != 0]
    ranks += [it.state.rank for it in facts if isinstance(it, Progress) and it.deployment_id]
    return max([0, *(it.state.rank for it in whole), *(min(rank, PARTLY) for rank in ranks)])


def _seen(it: Quantity, plan: int | None, complete: bool) -> int:
    if it.stage == QuantityStage.WORKING:
        return State.WORKING.rank
    if it.stage in PLANS:
        return PLANNED
    if it.value is None or (plan is not None and it.value < plan and not complete):
        return PARTLY
    return State.COMPLETION_REPORTED.rank


def _newest(quantities: Iterable[Quantity]) -> dict[int, dict[QuantityStage, int | None]]:
    newest: dict[int, dict[QuantityStage, int | None]] = defaultdict(dict)
    for it in quantities:
        newest[it.deployment_id][it.stage] = it.value
    return newest


def _plan(stages: dict[QuantityStage, int | None]) -> int | None:
    revised = stages.get(QuantityStage.REVISED)
    return stages.get(QuantityStage.PLANNED) if revised is None else revised


def _progress(sites: dict[int, Site], days: Sequence[date], when: When) -> Series:
    counted, chosen = _facts(Quantity, when, sites), _deployments(when, sites)

    def value(of: int) -> Callable[[list[Any]], Reading]:
        known = {it.id for it in chosen[of]}

        def read(facts: list[Any]) -> Reading:
            shares = []
            for key, stages in _newest(facts).items():
                plan, installed = _plan(stages), stages.get(QuantityStage.INSTALLED)
                if key in known and plan and installed is not None:
                    shares.append(min(Fraction(installed, plan), Fraction(1)))
            mean = sum(shares, Fraction()) / len(shares) if shares else None
            return Reading(mean, len(shares), len(known))

        return read

    return {key: walked(counted[key], days, value(key)) for key in sites}


def _execution(sites: dict[int, Site], days: Sequence[date], when: When) -> Series:
    # What was carried over lapses with its year; neither sum holds any of it.
    told = _facts(Money, when, sites)

    def read(facts: list[Any]) -> Reading:
        rows = {(it.fund, it.stage): it for it in facts if it.stage != MoneyStage.CARRIED_OVER}
        share = Account(rows).execution
        if share is None:
            return Reading()
        return Reading(Fraction(share.part_won, share.whole_won), share.part_won, share.whole_won)

    return {key: walked(told[key], days, read) for key in sites}


def _working(sites: dict[int, Site], days: Sequence[date], when: When) -> Series:
    """Looks at units as changes of two counts, added up in SQL by day."""
    changes: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
    for site, day, inspected, working in db.session.execute(_changes(list(sites), when)):
        changes[site].append((day, inspected, working))

    def read(of: int) -> list[Reading]:
        told = []
        for day in days:
            past = [it for it in changes[of] if it[0] <= day]
            whole, part = sum(it[1] for it in past), sum(it[2] for it in past)
            told.append(Reading(Fraction(part, whole), part, whole) if whole else Reading())
        return told

    return {key: read(key) for key in sites}


def _changes(ids: list[int], when: When) -> Any:
    """Site, day, units inspected for the first time, units working; a removal takes both back."""
    unit = InstalledUnit
    same = Inspection.unit_id
    order = (Inspection.on, Inspection.recorded_at, Inspection.id)
    works = case((Inspection.result == Result.WORKING, 1), else_=0)
    begins = case((Inspection.on > unit.installed_on, Inspection.on), else_=unit.installed_on)
    looks = (
        held(Inspection, when)
        .join(unit, unit.id == Inspection.unit_id)
        .join(Deployment, Deployment.id == unit.deployment_id)
        .where(Deployment.site_id.in_(ids), known(unit, when))
        .where(unit.gone_on(when).is_(None) | (begins < unit.gone_on(when)))
        .with_only_columns(
            Deployment.site_id.label("site_id"),
            begins.label("day"),
            unit.gone_on(when).label("gone"),
            works.label("works"),
            func.lag(works).over(partition_by=same, order_by=order).label("before"),
            func.lead(works).over(partition_by=same, order_by=order).label("after"),
        )
        .subquery()
    )
    first = case((looks.c.before.is_(None), 1), else_=0)
    turned = looks.c.works - func.coalesce(looks.c.before, 0)
    came = select(looks.c.site_id, looks.c.day, func.sum(first), func.sum(turned))
    left = select(looks.c.site_id, looks.c.gone, -func.count(), -func.sum(looks.c.works))
    ends = looks.c.after.is_(None) & looks.c.gone.is_not(None)
    return came.group_by(looks.c.site_id, looks.c.day).union_all(
        left.where(ends).group_by(looks.c.site_id, looks.c.gone)
    )


def _coaching(sites: dict[int, Site], days: Sequence[date], when: When) -> Series:
    """Minutes since the beginning; a session without a day counts from the first, as elsewhere."""
    query = select(
        CoachingSession.site_id, CoachingSession.held_on, CoachingSession.duration_min
    ).where(CoachingSession.site_id.in_(sites), CoachingSession.happened(when))
    sessions: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    for site, day, minutes in db.session.execute(query):
        sessions[site].append((day or date.min, minutes))

    def read(of: int, day: date) -> Reading:
        past = [minutes for on, minutes in sessions[of] if on <= day]
        known = [minutes for minutes in past if minutes is not None]
        return Reading(sum(known) if known else None, len(known), len(past))

    return {key: [read(key, day) for day in days] for key in sites}


def _evidence(sites: dict[int, Site], days: Sequence[date], when: When) -> Series:
    best = dict(
        db.session.execute(
            select(Evidence.solution_id, func.min(Evidence.grade))
            .where(Evidence.grade.is_not(None))
            .group_by(Evidence.solution_id)
        ).all()
    )
    chosen = _deployments(when, sites)

    def read(of: int) -> Reading:
        grades = [str(best[it.solution_id]) for it in chosen[of] if it.solution_id in best]
        return Reading(min(grades, default=None), len(grades), len(chosen[of]))

    return {key: [read(key)] * len(days) for key in sites}


READERS = {
    Layer.STATE: _state,
    Layer.PROGRESS: _progress,
    Layer.EXECUTION: _execution,
    Layer.WORKING: _working,
    Layer.COACHING: _coaching,
    Layer.EVIDENCE: _evidence,
}
