"""Doors: every module of the tracker that answers requests, in one place for the app."""

from __future__ import annotations

from tracker import fact_views, pages, preparing, views
from tracker.alerts import cli as alert_commands
from tracker.alerts import views as alert_views
from tracker.checklists import check_views, compliance_views
from tracker.checklists import views as checklist_views
from tracker.coaching import views as log_views
from tracker.money import views as money_views
from tracker.outcomes import views as outcome_views
from tracker.plan import views as plan_views
from tracker.register import import_views, inspection_views
from tracker.register import views as unit_views
from tracker.reports import period_views
from tracker.reports import views as report_views
from tracker.timeline import views as timeline_views

BLUEPRINT = views.bp
PAGES = pages.bp
COMMANDS = (preparing.prepare, preparing.demo, alert_commands.digest)
KINDS = (*views.KINDS, *check_views.KINDS)
MOUNTED = (compliance_views.COMPLIANCE, alert_views.ALERTS)
ROUTES = [
    route
    for module in (
        views,
        alert_views,
        check_views,
        checklist_views,
        fact_views,
        import_views,
        inspection_views,
        log_views,
        money_views,
        outcome_views,
        period_views,
        plan_views,
        report_views,
        timeline_views,
        unit_views,
    )
    for route in module.ROUTES
]
