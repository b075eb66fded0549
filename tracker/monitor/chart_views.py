"""Routes of the dashboard's tables: what its charts are drawn from, to take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l

from catalog.effects.local_results import LocalResultSchema
from common.api import Route
from common.dated import dated
from common.facts import days_told
from common.permissions import Can, requires
from common.resource import dates
from common.rows import write
from common.schema import Schema
from common.web import asked
from tracker.monitor.compare import Dashboard, dashboard_of
from tracker.monitor.curves import MilestoneMonthSchema, ValueMonthSchema
from tracker.monitor.funding import StageMoneySchema
from tracker.monitor.levels import LevelSchema
from tracker.monitor.narrowing import DashboardFilters
from tracker.views import bp

# Each table of the dashboard: the schema of a row, and its rows.
TABLES: dict[str, tuple[type[Schema], Callable[[Dashboard], Sequence[Any]]]] = {
    "levels": (LevelSchema, lambda it: [*it.drill.parts, it.drill.level]),
    "months": (ValueMonthSchema, lambda it: it.curves.months),
    "milestones": (MilestoneMonthSchema, lambda it: it.curves.milestones),
    "funding": (StageMoneySchema, lambda it: it.funding),
    "results": (LocalResultSchema, lambda it: it.results),
}


@bp.get(f"/dashboard/<any({','.join(TABLES)}):slug>.<any(csv,xlsx,json):kind>")
@requires(Can.READ)
@dated
def dashboard_file(slug: str, kind: str) -> Response:
    """One table of the dashboard, as it shows it."""
    filters = asked(DashboardFilters())
    schema, rows = TABLES[slug]
    days = days_told(dates(filters))
    return write(kind, f"dashboard-{slug}", schema(), rows(dashboard_of(filters)), days)


ROUTES = [
    Route(
        "get",
        "/dashboard/{slug}.{kind}",
        None,
        None,
        _l("A table of the dashboard: levels, months, milestones, funding or results"),
        DashboardFilters,
    )
]
