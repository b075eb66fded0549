"""Neighbours: what stands around an outcome, asked for where its plausibility is judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func

from common.db import db
from common.facts import When, held
from tracker.deployments import Deployment
from tracker.outcomes.outcomes import Outcome, find_outcomes
from tracker.outcomes.plausibility import Around, OutcomeKind
from tracker.progress import Quantity, QuantityStage


def around(told: Mapping[str, Any], thread: str | None = None) -> Around:
    """What stands around the outcome that is `told`, its own older versions left out."""
    same = {"indicator": told["indicator"]}
    own = find_outcomes(deployment=told["deployment"], **same)
    rows = [it for it in db.session.scalars(own).unique() if it.thread != thread]
    like = [it for it in rows if it.counting is told["counting"]]
    baselines = [it for it in rows if it.kind is OutcomeKind.BASELINE]
    return Around(
        baseline=next((it.value for it in like if it.kind is OutcomeKind.BASELINE), None),
        baselines_counted=frozenset(it.counting for it in baselines),
        periods=[(it.begins_on, it.ends_on) for it in like if it.kind is told["kind"]],
        installed_on=installed_on(told["deployment"]),
        elsewhere=elsewhere(told),
    )


def installed_on(deployment: Deployment) -> date | None:
    """The first day for which an installed unit is told; None where nobody told one."""
    told = held(Quantity, When.of()).where(
        Quantity.deployment_id == deployment.id,
        Quantity.stage == QuantityStage.INSTALLED,
        Quantity.value > 0,
    )
    first: date | None = db.session.scalar(told.with_only_columns(func.min(Quantity.on)))
    return first


def elsewhere(told: Mapping[str, Any]) -> list[float]:
    """The newest approved value of the same kind at each other site, counted the same way."""
    alike = find_outcomes(
        indicator=told["indicator"],
        kind=[told["kind"]],
        counting=[told["counting"]],
        everybody=True,
    ).where(Deployment.site_id != told["deployment"].site_id)
    values: dict[int, Any] = {}
    for row in db.session.scalars(alike).unique():
        values.setdefault(row.deployment_id, row.value)
    return [value for value in values.values() if value is not None]


def told_of(outcome: Outcome) -> dict[str, Any]:
    """What a stored outcome says, its breakdown included."""
    names = ("by", "label", "numerator", "denominator")
    parts = [{name: getattr(it, name) for name in names} for it in outcome.parts]
    return outcome.said | {"parts": parts}
