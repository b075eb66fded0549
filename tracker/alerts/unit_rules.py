"""Rules about installed units: those that fail, and warranties that end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from common.db import db
from tracker.alerts.alerts import Alert, Ground, Known
from tracker.alerts.plan_rules import about_deployment
from tracker.alerts.rules import RULES, RuleName
from tracker.register.faults import Condition
from tracker.register.register import sight
from tracker.register.units import InstalledUnit

FAILING = (Condition.FAULTY, Condition.MISSING)
WORKS = (Condition.WORKING,)


class Looked(NamedTuple):
    """How many units were found in a condition, and on which day the last of them."""

    units: int
    on: date | None


def conditions(ground: Ground) -> dict[int, dict[Condition, Looked]]:
    """The units of each deployment by what was found, by its id; one statement."""
    known = sight(ground.when)
    query = known.joined(
        select(
            InstalledUnit.deployment_id, known.condition, func.count(), func.max(known.seen_on)
        ).select_from(InstalledUnit)
    ).where(InstalledUnit.stands(ground.when), of_sites(ground))
    found: dict[int, dict[Condition, Looked]] = defaultdict(dict)
    grouped = query.group_by(InstalledUnit.deployment_id, known.condition)
    for deployment_id, condition, count, day in db.session.execute(grouped):
        found[deployment_id][Condition(condition)] = Looked(count, day)
    return found


def of_sites(ground: Ground) -> ColumnElement[bool]:
    """The condition that a unit belongs to one of the sites that are looked at."""
    return InstalledUnit.deployment_id.in_(list(ground.by_deployment))


def failing_units(ground: Ground) -> Iterator[Alert]:
    """Deployments of which too many units do not work; one statement."""
    rule = RULES[RuleName.UNITS_FAILING]
    told = conditions(ground)
    for record, it in ground.by_deployment.values():
        found = told.get(it.id, {})
        seen = {name: found[name] for name in (*WORKS, *FAILING) if name in found}
        inspected = sum(one.units for one in seen.values())
        bad = [seen[name] for name in FAILING if name in seen]
        failing = sum(one.units for one in bad)
        if inspected < rule["units"] or 100 * failing < rule["percent"] * inspected:
            continue
        newest = max((one.on for one in bad if one.on), default=None)
        path = f"/units?deployment={it.slug}"
        yield about_deployment(
            record,
            it,
            RuleName.UNITS_FAILING,
            says=_(
                "%(failing)s of %(inspected)s inspected units do not work",
                failing=failing,
                inspected=inspected,
            ),
            since=newest,
            measure=round(100 * failing / inspected, 1),
            unit="percent",
            facts=(
                Known(_("Units inspected"), inspected, "units", newest, path),
                *(
                    Known(label, seen[name].units, "units", seen[name].on, f"{path}&state={name}")
                    for name, label in ((FAILING[0], _("Faulty")), (FAILING[1], _("Not there")))
                    if name in seen
                ),
            ),
            act_path=f"{path}&state={Condition.FAULTY}",
        )


def ending_warranties(ground: Ground) -> Iterator[Alert]:
    """Deployments with units whose warranty ends soon; one statement."""
    days = RULES[RuleName.WARRANTY_ENDING]["days"]
    day = ground.when.as_of
    until = InstalledUnit.warranty_until
    last = date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))
    query = (
        select(InstalledUnit.deployment_id, func.count(), func.min(until))
        .where(InstalledUnit.stands(ground.when), of_sites(ground), until.between(day, last))
        .group_by(InstalledUnit.deployment_id)
    )
    for deployment_id, count, first in db.session.execute(query):
        if first is None or deployment_id not in ground.by_deployment:
            continue
        record, it = ground.by_deployment[deployment_id]
        path = f"/units?deployment={it.slug}&warranty_months=3"
        yield about_deployment(
            record,
            it,
            RuleName.WARRANTY_ENDING,
            says=_(
                "The warranty of %(units)s units ends within %(days)s days, the first on %(day)s",
                units=count,
                days=days,
                day=first.isoformat(),
            ),
            since=first - timedelta(days=days),
            by=first,
            measure=(first - day).days,
            unit="days",
            facts=(
                Known(_("Units whose warranty ends"), count, "units", day, path),
                Known(_("First day"), first, "", None, path),
            ),
            act_path=path,
        )
