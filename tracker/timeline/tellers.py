"""Tellers: what each kind of record says on the timeline of a site, a fixed number of statements.

Whatever people wrote in confidence stays out: a session says who met, a report that it was sent.
"""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from common.db import db
from common.facts import When, held, known
from common.locale import day, number, said, won, word
from tracker.checklists.checklists import Check
from tracker.coaching.log import find_sessions
from tracker.deployments import Deployment
from tracker.money.ledger import Money
from tracker.outcomes.outcomes import find_outcomes
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.plan.revisions import find_revisions
from tracker.progress import Progress, Quantity
from tracker.register.faults import Result
from tracker.register.inspections import Inspection
from tracker.register.units import InstalledUnit
from tracker.reports.reports import Report, ReportState, ReportStep
from tracker.sites import Site
from tracker.timeline.timeline import Event, EventKind, Found, Teller


def _selection(site: Site, when: When) -> Found:
    if site.selected_on <= when.as_of:
        yield Event(EventKind.SELECTION, site.selected_on, _("Selected"), site)


def _progress(site: Site, when: When) -> Found:
    query = held(Progress, when).where(Progress.site_id == site.id)
    for fact in db.session.scalars(query.options(joinedload(Progress.deployment))).unique():
        about = _about(fact.deployment)
        text = f"{about}{word(fact.state)}. {said(fact, 'text')}"
        yield Event(EventKind.PROGRESS, fact.on, text, fact, fact.precision, _page(fact.deployment))


def _quantities(site: Site, when: When) -> Found:
    query = held(Quantity, when).join(Quantity.deployment).where(Deployment.site_id == site.id)
    for fact in db.session.scalars(query.options(joinedload(Quantity.deployment))).unique():
        count = _("unknown") if fact.value is None else number(fact.value)
        if fact.approximate:
            count = _("about %(n)s", n=count)
        it = fact.deployment
        text = f"{_about(it)}{word(fact.stage)} {count} ({word(it.unit)})"
        yield Event(EventKind.QUANTITY, fact.on, text, fact, fact.precision, _page(it))


def _money(site: Site, when: When) -> Found:
    query = held(Money, when).where(Money.site_id == site.id)
    for fact in db.session.scalars(query).unique():
        text = f"{word(fact.fund)}: {word(fact.stage)} {won(fact.amount_won)}"
        page = ("site_money", site.slug)
        yield Event(EventKind.MONEY, fact.on, text, fact, fact.precision, page)


def _sessions(site: Site, when: When) -> Found:
    query = find_sessions(site=site, as_of=when.as_of, known_on=when.known_on)
    for it in db.session.scalars(query).unique():
        if it.held_on:
            text = f"{word(it.kind)} · {said(it.host, 'name')}"
            page = ("session", it.slug)
            yield Event(EventKind.COACHING, it.held_on, text, it, it.precision, page)


def _plan(site: Site, when: When) -> Found:
    page = ("plan", site.slug)
    query = find_revisions(site=site, as_of=when.as_of, known_on=when.known_on)
    for it in db.session.scalars(query).unique():
        text = f"{_('Revision')}: {word(it.state)}. {it.reason}"
        yield Event(EventKind.PLAN, it.proposed_on, text, it, page=page)
    lines = held(BudgetLine, when).join(BudgetLine.deployment)
    lines = lines.where(Deployment.site_id == site.id).options(joinedload(BudgetLine.deployment))
    for fact in db.session.scalars(lines).unique():
        amount = f"{word(fact.basis)}, {word(fact.fund)} {won(fact.amount_won)}"
        text = f"{_about(fact.deployment)}{amount}"
        yield Event(EventKind.PLAN, fact.on, text, fact, fact.precision, page)


def _milestones(site: Site, when: When) -> Found:
    query = held(Milestone, when).join(Milestone.deployment).where(Deployment.site_id == site.id)
    for fact in db.session.scalars(query.options(joinedload(Milestone.deployment))).unique():
        due = day(fact.due, fact.due_precision)
        text = f"{_about(fact.deployment)}{word(fact.kind)}: {word(fact.basis)} {due}"
        page = ("plan", site.slug)
        yield Event(EventKind.MILESTONE, fact.on, text, fact, fact.precision, page)


def _reports(site: Site, when: When) -> Found:
    sent = (ReportState.SUBMITTED, ReportState.APPROVED)
    steps = select(ReportStep).join(ReportStep.report).options(joinedload(ReportStep.report))
    steps = steps.where(Report.site_id == site.id, ReportStep.what.in_(sent))
    for step in db.session.scalars(steps.where(known(ReportStep, when))).unique():
        on = date.fromisoformat(day(step.recorded_at))
        if on <= when.as_of:
            text = f"{day(step.report.month, 'month')}: {word(step.what)}"
            yield Event(EventKind.REPORT, on, text, step)


def _inspections(site: Site, when: When) -> Found:
    faulty = func.sum(case((Inspection.result != Result.WORKING, 1), else_=0))
    by_day = (
        held(Inspection, when)
        .with_only_columns(Inspection.on, func.count(), faulty, func.max(Inspection.recorded_at))
        .join(Inspection.unit)
        .join(InstalledUnit.deployment)
        .where(Deployment.site_id == site.id)
        .group_by(Inspection.on)
    )
    for on, count, wrong, _told in db.session.execute(by_day):
        looked = ngettext("%(num)s unit inspected", "%(num)s units inspected", count)
        text = f"{looked}, {_('%(n)s not working', n=number(wrong))}"
        yield Event(EventKind.INSPECTION, on, text, None)


def _outcomes(site: Site, when: When) -> Found:
    query = find_outcomes(site=site, as_of=when.as_of, known_on=when.known_on, everybody=True)
    for it in db.session.scalars(query).unique():
        text = f"{_about(it.deployment)}{said(it.indicator, 'name')}, {word(it.kind)}"
        yield Event(EventKind.OUTCOME, it.on, text, it, it.precision, ("outcome", it.key))


def _checks(site: Site, when: When) -> Found:
    by_day = (
        held(Check, when)
        .with_only_columns(Check.deployment_id, Check.on, func.count())
        .join(Check.deployment)
        .where(Deployment.site_id == site.id)
        .group_by(Check.deployment_id, Check.on)
    )
    answered = db.session.execute(by_day).all()
    ids = {deployment for deployment, _on, _count in answered}
    rows = db.session.scalars(select(Deployment).where(Deployment.id.in_(ids))).unique()
    named = {it.id: it for it in rows}
    for deployment, on, count in answered:
        it = named[deployment]
        items = ngettext("%(num)s item answered", "%(num)s items answered", count)
        page = ("checklist", it.slug)
        yield Event(EventKind.CHECKLIST, on, f"{_about(it)}{items}", None, page=page)


# In the order in which kinds are offered as filters.
TELLERS: dict[EventKind, Teller] = {
    EventKind.SELECTION: _selection,
    EventKind.PROGRESS: _progress,
    EventKind.QUANTITY: _quantities,
    EventKind.MONEY: _money,
    EventKind.PLAN: _plan,
    EventKind.MILESTONE: _milestones,
    EventKind.REPORT: _reports,
    EventKind.COACHING: _sessions,
    EventKind.INSPECTION: _inspections,
    EventKind.OUTCOME: _outcomes,
    EventKind.CHECKLIST: _checks,
}


def _about(deployment: Deployment | None) -> str:
    return f"{said(deployment.solution, 'name')}: " if deployment else ""


def _page(deployment: Deployment | None) -> tuple[str, str] | None:
    return ("deployment", deployment.slug) if deployment else None
