"""Doors: every module of the tracker that answers requests, in one place for the app."""

from __future__ import annotations

from tracker import fact_views, pages, preparing, views
from tracker.alerts import cli as alert_commands
from tracker.alerts import views as alert_views
from tracker.checklists import check_views, compliance_views
from tracker.checklists import views as checklist_views
from tracker.coaching import (
    action_views,
    agreement_views,
    calendar_views,
    cli,
    coach_views,
    handover_views,
    minutes_views,
    person_views,
    planned_views,
    request_views,
    review_views,
)
from tracker.coaching import views as log_views
from tracker.exchange import views as exchange_views
from tracker.money import views as money_views
from tracker.monitor import chart_views, map_views
from tracker.opendata import ogc_views, open_views
from tracker.outcomes import views as outcome_views
from tracker.papers import cli as paper_commands
from tracker.papers import views as paper_views
from tracker.plan import views as plan_views
from tracker.register import import_views, inspection_views
from tracker.register import views as unit_views
from tracker.reports import period_views
from tracker.reports import views as report_views
from tracker.timeline import views as timeline_views

BLUEPRINT = views.bp
PAGES = pages.bp
COMMANDS = (
    preparing.prepare,
    preparing.demo,
    *cli.COMMANDS,
    alert_commands.digest,
    *paper_commands.COMMANDS,
)
OPEN = (ogc_views, open_views)  # they put their routes on the pages
KINDS = (*views.KINDS, *check_views.KINDS)
MOUNTED = (compliance_views.COMPLIANCE, alert_views.ALERTS)
ROUTES = [
    route
    for module in (
        views,
        action_views,
        agreement_views,
        alert_views,
        calendar_views,
        chart_views,
        check_views,
        checklist_views,
        coach_views,
        exchange_views,
        fact_views,
        handover_views,
        import_views,
        inspection_views,
        log_views,
        map_views,
        minutes_views,
        money_views,
        outcome_views,
        paper_views,
        period_views,
        person_views,
        plan_views,
        planned_views,
        report_views,
        request_views,
        review_views,
        timeline_views,
        unit_views,
    )
    for route in module.ROUTES
]
