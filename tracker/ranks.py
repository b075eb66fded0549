"""Ranks: how far each site and deployment is as of a date, worked out from dated facts in SQL."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, FromClause, Subquery, case, func, literal, select, union_all

from common.facts import When, held, latest
from tracker.deployments import Deployment
from tracker.progress import Progress, Quantity, QuantityStage
from tracker.states import RANKS, State

RANK = case(RANKS, value=Progress.state)
PARTLY = State.PARTLY_INSTALLED.rank
REMEMBERED = 64  # days whose queries are kept; those of other days are put together again


def deployment_ranks(when: When, *, without: tuple[int, ...] = ()) -> FromClause:
    """The highest rank with a dated fact, by `deployment_id`; without those of `without`.

    A quantity is a fact too: working units count as working, an installed number as completion
    reported, and things seen but not counted as partly installed. So does a number below the plan
    that counts, unless the site reported its completion.
    """
    # Putting the query together takes longer than asking it: it is put together once a day.
    return _deployment_ranks(when, without).alias()


@lru_cache(REMEMBERED)
def _deployment_ranks(when: When, without: tuple[int, ...]) -> Subquery:
    plan, told = plans(when), completed_sites(when)
    is_part = (Quantity.value < plan.c.value) & told.c.site_id.is_(None)
    seen = case(
        (Quantity.stage == QuantityStage.WORKING, State.WORKING.rank),
        (Quantity.stage.in_([QuantityStage.PLANNED, QuantityStage.REVISED]), State.PLANNED.rank),
        (Quantity.value.is_(None), PARTLY),
        (is_part, PARTLY),
        else_=State.COMPLETION_REPORTED.rank,
    )
    counted = Quantity.value.is_(None) | (Quantity.value > 0)
    facts = union_all(
        held(Progress, when)
        .where(Progress.deployment_id.is_not(None), Progress.id.not_in(without))
        .with_only_columns(Progress.deployment_id.label("deployment_id"), RANK.label("rank")),
        held(Quantity, when)
        .join(Deployment, Deployment.id == Quantity.deployment_id)
        .outerjoin(plan, plan.c.deployment_id == Quantity.deployment_id)
        .outerjoin(told, told.c.site_id == Deployment.site_id)
        .where(counted)
        .with_only_columns(Quantity.deployment_id.label("deployment_id"), seen.label("rank")),
    ).subquery()
    return (
        select(facts.c.deployment_id, func.max(facts.c.rank).label("rank"))
        .group_by(facts.c.deployment_id)
        .subquery()
    )


def plans(when: When) -> Subquery:
    """The quantity that counts as the plan, by `deployment_id`: the revised one where it is."""
    told = latest(Quantity, (Quantity.deployment_id, Quantity.stage), when)
    newest = told.with_only_columns(
        Quantity.deployment_id, Quantity.stage, Quantity.value
    ).subquery()

    def of(stage: QuantityStage) -> ColumnElement[int | None]:
        return func.max(case((newest.c.stage == stage, newest.c.value)))

    plan = func.coalesce(of(QuantityStage.REVISED), of(QuantityStage.PLANNED)).label("value")
    return select(newest.c.deployment_id, plan).group_by(newest.c.deployment_id).subquery()


def completed_sites(when: When) -> Subquery:
    """The sites that reported their completion as a whole, by `site_id`."""
    done = (State.COMPLETION_REPORTED, State.WORKING)
    told = held(Progress, when).where(Progress.deployment_id.is_(None), Progress.state.in_(done))
    return told.with_only_columns(Progress.site_id).distinct().subquery()


def site_ranks(when: When) -> FromClause:
    """The highest rank with a dated fact, by `site_id`.

    One deployment that is further than the rest makes its site partly installed, no more; a
    deployment that is known makes it planned.
    """
    return _site_ranks(when).alias()


@lru_cache(REMEMBERED)
def _site_ranks(when: When) -> Subquery:
    ranks = deployment_ranks(when)
    capped = case((ranks.c.rank > PARTLY, PARTLY), else_=ranks.c.rank)
    facts = union_all(
        held(Progress, when)
        .where(Progress.deployment_id.is_(None))
        .with_only_columns(Progress.site_id.label("site_id"), RANK.label("rank")),
        select(Deployment.site_id, capped).join(ranks, ranks.c.deployment_id == Deployment.id),
        select(Deployment.site_id, literal(State.PLANNED.rank))
        .join(Deployment.site)
        .where(Deployment.chosen(when)),
    ).subquery()
    return (
        select(facts.c.site_id, func.max(facts.c.rank).label("rank"))
        .group_by(facts.c.site_id)
        .subquery()
    )
