"""Ranks: how far each site and deployment is as of a date, worked out from dated facts in SQL."""

from __future__ import annotations

from sqlalchemy import Subquery, case, func, literal, select, union_all

from common.facts import When, held
from tracker.deployments import Deployment
from tracker.progress import Progress, Quantity, QuantityStage
from tracker.states import RANKS, State

RANK = case(RANKS, value=Progress.state)
PARTLY = State.PARTLY_INSTALLED.rank


def deployment_ranks(when: When) -> Subquery:
    """The highest rank with a dated fact, by `deployment_id`.

    A quantity is a fact too: working units count as working, an installed number as completion
    reported, and things seen but not counted as partly installed.
    """
    seen = case(
        (Quantity.stage == QuantityStage.WORKING, State.WORKING.rank),
        (Quantity.stage.in_([QuantityStage.PLANNED, QuantityStage.REVISED]), State.PLANNED.rank),
        (Quantity.value.is_(None), PARTLY),
        else_=State.COMPLETION_REPORTED.rank,
    )
    counted = Quantity.value.is_(None) | (Quantity.value > 0)
    facts = union_all(
        held(Progress, when)
        .where(Progress.deployment_id.is_not(None))
        .with_only_columns(Progress.deployment_id.label("deployment_id"), RANK.label("rank")),
        held(Quantity, when)
        .where(counted)
        .with_only_columns(Quantity.deployment_id.label("deployment_id"), seen.label("rank")),
    ).subquery()
    return (
        select(facts.c.deployment_id, func.max(facts.c.rank).label("rank"))
        .group_by(facts.c.deployment_id)
        .subquery()
    )


def site_ranks(when: When) -> Subquery:
    """The highest rank with a dated fact, by `site_id`.

    One deployment that is further than the rest makes its site partly installed, no more; a
    deployment that is known makes it planned.
    """
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
