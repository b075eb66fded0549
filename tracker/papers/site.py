"""The report of a site, from the same records as its pages, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from common.db import db
from common.locale import day, number, said, word
from common.papers import Part
from tracker.checklists.adherence import compliance_of
from tracker.coaching.agreements import agreement_records, find_agreements
from tracker.coaching.handover import open_actions
from tracker.coaching.log import find_sessions
from tracker.coaching.minutes import due, owner
from tracker.facets import working_units
from tracker.money.ledger import Fund, MoneyStage
from tracker.monitor.dashboard import figures
from tracker.outcomes.told import lines_of
from tracker.papers import levels
from tracker.papers.parts import (
    Spec,
    count,
    money,
    months,
    newest_first,
    of_day,
    percent,
    quantity,
    unknown,
)
from tracker.papers.results import compliance_head, counts_of, outcome_part
from tracker.papers.warned import alerts_part
from tracker.plan.milestones import Basis
from tracker.plan.plans import plan_of
from tracker.progress import QuantityStage
from tracker.register.register import site_units
from tracker.reports.reports import find_reports
from tracker.reports.told import report_records
from tracker.rollout import WITH_TOWN, SiteRecord, site_records
from tracker.sites import Site
from tracker.timeline.tellers import TELLERS
from tracker.timeline.timeline import timeline

FUNDS = (Fund.NATIONAL, Fund.LOCAL, Fund.ALL)


def steps(spec: Spec) -> list[Callable[[], Part]]:
    """The parts of the report, each to be asked for when its turn comes."""
    site = db.session.scalars(select(Site).where(Site.id == spec.site.id).options(*WITH_TOWN)).one()
    (record,) = site_records([site], **spec.dates)
    spec.rests_on(site, *record.progress[:1], record.population_fact)
    parts = (
        _figures,
        _quantities,
        _milestones,
        _money,
        levels.performance_of_site,
        levels.execution_of_site,
        _units,
        _coaching,
        _actions,
        _compliance,
        _outcomes,
        _alerts,
        _reports,
        _changes,
        _ahead,
    )
    return [lambda part=part: part(record, spec) for part in parts]  # type: ignore[misc]


def _figures(record: SiteRecord, spec: Spec) -> Part:
    """The figures at the head of the page of the site."""
    account = record.account
    works = working_units(record.deployments)
    share = _("%(n)s of %(of)s", n=number(works[0]), of=number(works[1])) if works else unknown()
    people = record.population_fact
    return Part(
        _("Figures"),
        facts=[
            (_("State"), word(record.state)),
            (_("Since"), of_day(record.state_fact) or unknown()),
            (_("National money"), money(account.national_won)),
            (_("Local money"), money(account.local_won)),
            (_("Match lacking"), money(account.match_shortfall_won)),
            (_("Spent"), money(account.spent_won)),
            (_("Real execution rate"), percent(account.real_execution)),
            (_("From selection to reported completion"), months(record.months_to_completion)),
            (_("Share working now"), share),
            (_("Coaching sessions on record"), count(record.sessions)),
            (_("Open actions"), count(figures([record], spec.when).open_actions)),
            (_("Population"), count(record.population)),
            (_("Population counted on"), of_day(people) or unknown()),
        ],
    )


def _quantities(record: SiteRecord, spec: Spec) -> Part:
    """Every stage of every solution, with the day that each holds for."""
    rows = []
    for it in record.deployments:
        told = it.quantities
        spec.rests_on(it.deployment, *told.values())
        days = "\n".join(f"{of_day(told[stage])} {word(stage)}" for stage in told)
        rows.append(
            [
                said(it.solution, "name"),
                word(it.state),
                *(quantity(it, stage) for stage in QuantityStage),
                days,
            ]
        )
    return Part(
        _("Quantities: planned, revised, installed, accepted, working"),
        head=[
            _("Solution"),
            _("State"),
            *(word(stage) for stage in QuantityStage),
            _("Holds for the day"),
        ],
        widths=[3, 3, 2, 2, 2, 2, 2, 3],
        rows=rows,
        empty=_("Which solutions it deploys is not known"),
    )


def _milestones(record: SiteRecord, spec: Spec) -> Part:
    """What was planned, is expected and was reached; late days against the plan that counts."""
    rows = []
    for line in plan_of(record).lines:
        for kind in line.kinds:
            dues = line.milestones[kind]
            spec.rests_on(*dues.values())
            rows.append(
                [
                    said(line.record.solution, "name"),
                    word(kind),
                    *(
                        day(dues[it].due, dues[it].due_precision) if it in dues else unknown()
                        for it in Basis
                    ),
                    count(line.slips[kind]),
                ]
            )
    return Part(
        _("Plan, forecast and reached"),
        head=[
            _("Solution"),
            _("Milestone"),
            *(word(it) for it in Basis),
            _("Days later than planned"),
        ],
        rows=rows,
        empty=_("No milestone is on record."),
    )


def _money(record: SiteRecord, spec: Spec) -> Part:
    """Every stage of national, local and all money, and what follows from them."""
    account = record.account
    spec.rests_on(*account.rows.values())
    rows = []
    for stage in MoneyStage:
        days = [row.on for (_fund, it), row in account.rows.items() if it is stage]
        if days:
            told = [money(account.whole(fund, stage)) for fund in FUNDS]
            rows.append([word(stage), *told, max(days).isoformat()])
    return Part(
        _("Money"),
        facts=[
            (_("Match lacking"), money(account.match_shortfall_won)),
            (_("Real execution rate"), percent(account.real_execution)),
            (_("Share spent"), percent(account.execution)),
            (_("National money to be given back"), money(account.refund_due_won)),
        ],
        head=[_("Stage"), *(word(fund) for fund in FUNDS), _("Holds for the day")],
        rows=rows,
    )


def _units(record: SiteRecord, _spec: Spec) -> Part:
    """What the register of installed units counts."""
    found = site_units(record)
    facts = [(word(name), count(n)) for name, n in found.conditions.items()]
    return Part(
        _("Installed units"),
        facts=[(_("Units on record"), count(found.units)), *facts] if found.units else [],
        empty=_("No unit is on record."),
    )


def _coaching(record: SiteRecord, spec: Spec) -> Part:
    """The sessions of the time that the report covers, and what was agreed and given."""
    held = db.session.scalars(find_sessions(site=record.site, **spec.dates)).unique().all()
    agreed = db.session.scalars(find_agreements(site=record.site, **spec.dates)).all()
    spec.rests_on(*held)
    text = [
        _(
            "%(host)s, %(begins)s to %(ends)s: %(given)s of %(agreed)s minutes agreed were given",
            host=said(it.host, "name"),
            begins=it.begins_on,
            ends=it.ends_on,
            given=number(it.given_min),
            agreed=number(it.agreed_min),
        )
        for it in agreement_records(agreed, **spec.dates)
    ]
    rows = [
        [
            day(it.held_on, it.precision),
            word(it.kind),
            said(it.host, "name"),
            count(it.duration_min, unit=_("min")),
        ]
        for it in held
        if it.held_on and it.held_on >= spec.begins_on
    ]
    total = ngettext("%(num)s session in all", "%(num)s sessions in all", record.sessions)
    if not record.sessions:
        total = _("This does not mean that there was no coaching. Nothing has been entered here.")
    return Part(
        _("Coaching and consulting"),
        text=[total, *text],
        head=[_("Date"), _("Kind"), _("Host"), _("Duration")],
        rows=rows,
    )


def _actions(record: SiteRecord, spec: Spec) -> Part:
    """How many next steps are open; what they say, for those who may read them."""
    readable = open_actions(spec.who, spec.when, site=record.site)
    return Part(
        _("Open actions"),
        facts=[(_("Open actions"), count(figures([record], spec.when).open_actions))],
        head=[_("What to do"), _("Who"), _("By when")],
        rows=[[it.what, owner(it), due(it)] for it in readable],
    )


def _compliance(record: SiteRecord, spec: Spec) -> Part:
    """How far each solution meets what it is held against."""
    tallies = compliance_of(record.deployments, spec.when)
    rows = []
    for it in record.deployments:
        tally = tallies.get(it.id)
        if tally:
            rows.append([said(it.solution, "name"), *counts_of(tally)])
    return Part(
        _("Guidelines: what is met"), head=compliance_head(), rows=rows, empty=_("no item binds it")
    )


def _outcomes(record: SiteRecord, spec: Spec) -> Part:
    """Baseline, target, newest measurement and effect, as far as the asker may read them."""
    return outcome_part(spec, lines_of(spec.when, site=record.site))


def _alerts(record: SiteRecord, spec: Spec) -> Part:
    """The open alerts about the site, as members see them."""
    return alerts_part([record], spec)


def _reports(record: SiteRecord, spec: Spec) -> Part:
    """What became of the monthly reports of the time that is covered."""
    query = find_reports(site=record.site, **spec.dates)
    found = report_records(db.session.scalars(query).all(), **spec.dates)
    rows = [
        [it.month.isoformat()[:7], word(it.state)]
        for it in sorted(found, key=lambda it: it.month)
        if spec.begins_on <= it.month <= spec.when.as_of
    ]
    return Part(
        _("Monthly reports of the site"),
        head=[_("Month"), _("State")],
        rows=rows,
        empty=_("no record"),
    )


def _changes(record: SiteRecord, spec: Spec) -> Part:
    """What held, or was recorded, in the time that the report covers."""
    events = timeline(record.site, TELLERS, **spec.dates)
    rows, note = newest_first(
        (
            it.on,
            [
                day(it.on, it.precision),
                day(it.recorded_at) if it.recorded_at else "",
                word(it.kind),
                it.text,
            ],
        )
        for it in events
        if spec.covers(it.on, it.recorded_at)
    )
    return Part(
        _("What changed"),
        text=note,
        head=[_("Holds for"), _("Recorded"), _("Kind"), _("What")],
        widths=[2, 2, 2, 6],
        rows=rows,
        empty=_("Nothing"),
    )


def _ahead(record: SiteRecord, spec: Spec) -> Part:
    """Milestones and readable actions of the month that follows."""
    rows = [*_dues(record, spec), *_promises(record, spec)]
    return Part(
        _("Next month"),
        head=[_("Date"), _("Kind"), _("What")],
        rows=sorted(rows),
        empty=_("Nothing is known to fall into these days."),
    )


def _dues(record: SiteRecord, spec: Spec) -> Iterator[list[str]]:
    first, last = spec.ahead
    for line in plan_of(record).lines:
        for kind in line.kinds:
            dues = line.milestones[kind]
            newest = [dues[it] for it in reversed(Basis) if it in dues]
            if newest and newest[0].basis is not Basis.ACTUAL and first <= newest[0].due <= last:
                name = said(line.record.solution, "name")
                yield [
                    newest[0].due.isoformat(),
                    word(kind),
                    f"{name} · {word(newest[0].basis)}",
                ]


def _promises(record: SiteRecord, spec: Spec) -> Iterator[list[str]]:
    first, last = spec.ahead
    for it in open_actions(spec.who, spec.when, site=record.site):
        if it.works_on and first <= it.works_on <= last:
            yield [it.works_on.isoformat(), _("Due"), it.what]
