"""The report of all sites, from the same figures as the dashboard, part by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from common.db import db
from common.locale import day, number, said, word
from common.papers import Part
from tracker.checklists.adherence import compliance_of
from tracker.coaching.log import find_sessions
from tracker.monitor.dashboard import Figures, Finding, figures, findings
from tracker.outcomes.told import lines_of
from tracker.papers import levels
from tracker.papers.parts import (
    Spec,
    count,
    money,
    months,
    newest_first,
    percent,
    sites,
    unknown,
)
from tracker.papers.results import compliance_head, counts_of, outcome_part
from tracker.papers.warned import alerts_part
from tracker.plan.milestones import TOLD, Basis, Milestone, find_milestones
from tracker.reports.reporting import reporting
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records
from tracker.rounds import Track
from tracker.states import State

TRACK = Track.DIFFUSION  # the track that the dashboard opens with


def steps(spec: Spec) -> list[Callable[[], Part]]:
    """The parts of the report, each to be asked for when its turn comes."""
    rows = db.session.scalars(find_sites(track=TRACK, **spec.dates).options(*WITH_TOWN)).all()
    records = site_records(rows, **spec.dates)
    found = figures(records, spec.when)
    for it in records:
        spec.rests_on(it.site, *it.progress[:1], *it.account.rows.values(), it.population_fact)
        for one in it.deployments:
            spec.rests_on(one.deployment, *one.quantities.values())
    parts = (
        _figures,
        _states,
        _provinces,
        _sites,
        levels.performance,
        levels.performance_by_site,
        levels.execution,
        levels.execution_by_site,
        _solutions,
        _findings,
        _coaching,
        _compliance,
        _outcomes,
        _alerts,
        _reporting,
        _changes,
        _ahead,
    )
    return [lambda part=part: part(found, spec) for part in parts]  # type: ignore[misc]


def _figures(found: Figures, _spec: Spec) -> Part:
    """The figures at the head of the dashboard."""
    works = found.working_units
    share = _("%(n)s of %(of)s", n=number(works[0]), of=number(works[1])) if works else unknown()
    of, short = len(found.sites), found.match_shortfall_won
    told = _("known for %(n)s of %(of)s sites", n=found.spent_known, of=of)
    return Part(
        _("Figures"),
        facts=[
            (_("Sites"), sites(of)),
            (_("Completion reported"), sites(found.completed)),
            (_("National money"), known(found.sites, "national_won", found.national_won)),
            (_("Local money"), known(found.sites, "local_won", found.local_won)),
            (_("Match lacking"), known(found.sites, "match_shortfall_won", short)),
            (_("Spent"), money(found.spent_won)),
            (_("Spent is known for"), told),
            (_("Share working now"), share),
            (_("Coaching sessions on record"), count(found.sessions)),
            (_("Open actions"), count(found.open_actions)),
        ],
    )


def known(records: Any, name: str, total: int) -> str:
    """A sum over sites; unknown where no site told its part."""
    told = [it for it in records if getattr(it.account, name) is not None]
    return money(total if told else None)


def _states(found: Figures, _spec: Spec) -> Part:
    """How many sites are in each state."""
    return Part(
        _("States"),
        head=[_("State"), _("Sites")],
        rows=[[word(state), sites(n)] for state, n in found.states.items()],
    )


def _provinces(found: Figures, spec: Spec) -> Part:
    """The same figures, province by province."""
    groups: dict[str, list[SiteRecord]] = defaultdict(list)
    for it in found.sites:
        groups[said(it.code, "province") if it.code else unknown()].append(it)
    rows = []
    for name, records in sorted(groups.items()):
        part = Figures(spec.when, records, found.solutions, 0, 0)
        rows.append(
            [
                name,
                sites(len(records)),
                sites(part.completed),
                known(records, "national_won", part.national_won),
                known(records, "local_won", part.local_won),
                known(records, "match_shortfall_won", part.match_shortfall_won),
                money(part.spent_won),
            ]
        )
    return Part(
        _("By province"),
        head=[
            _("Province"),
            _("Sites"),
            _("Completion reported"),
            _("National money"),
            _("Local money"),
            _("Match lacking"),
            _("Spent"),
        ],
        rows=rows,
        empty=_("No site was selected by this day"),
    )


def _sites(found: Figures, _spec: Spec) -> Part:
    """One line for each site."""
    return Part(
        _("Sites"),
        head=[
            _("Site"),
            _("State"),
            _("National money"),
            _("Local money"),
            _("Match lacking"),
            _("Spent"),
            _("Share spent"),
            _("Months to completion"),
            _("Sessions"),
        ],
        rows=[
            [
                said(it, "name"),
                word(it.state),
                money(it.account.national_won),
                money(it.account.local_won),
                money(it.account.match_shortfall_won),
                money(it.account.spent_won),
                percent(it.account.execution),
                months(it.months_to_completion),
                count(it.sessions),
            ]
            for it in found.sites
        ],
        empty=_("No site was selected by this day"),
    )


def _solutions(found: Figures, _spec: Spec) -> Part:
    """At how many sites each standard solution was chosen and is seen installed."""
    rows = []
    for it in found.standard:
        seen, chosen = found.installed(it)
        if chosen:
            rows.append([said(it, "name"), sites(chosen), sites(seen)])
    return Part(
        _("Standard solutions"),
        head=[_("Solution"), _("Chosen at"), _("Seen installed at")],
        rows=rows,
        empty=_("Which solutions it deploys is not known"),
    )


def _findings(found: Figures, spec: Spec) -> Part:
    """What the dashboard says should be looked at."""
    rows = []
    for it in findings(found):
        spec.rests_on(it.fact)
        amount = money(it.amount_won) if it.amount_won is not None else ""
        rows.append([word(it.kind), said(it.site, "name"), _why(it), amount])
    return Part(
        _("What to look at"),
        head=[_("Kind"), _("Site"), _("What"), _("How much")],
        widths=[2, 2, 6, 2],
        rows=rows,
        empty=_("Nothing in the facts of this day asks for a look."),
    )


def _why(it: Finding) -> str:
    """Why something should be looked at, as the dashboard says it."""
    name = said(it.solution, "name") if it.solution else ""
    if it.slip:
        days = ngettext("%(num)s day late", "%(num)s days late", it.slip.days)
        late = _("“%(kind)s” is late: %(name)s", kind=word(it.slip.kind), name=name)
        return f"{late} · {days}"
    planned = 12 * it.site.round.years
    words = {
        "not_completed": _("No completion report found; the plan was %(n)s months", n=planned),
        "no_match": _("Local money is short of the national money"),
        "unspent": _("Committed, and not known to be spent"),
        "deployment": _("Sources disagree whether it deploys this: %(name)s", name=name),
        "quantity": _("Sources disagree on a quantity: %(name)s", name=name),
    }
    return str(words.get(it.what, _("Which solutions it deploys is not known")))


def _coaching(found: Figures, spec: Spec) -> Part:
    """Who coached whom in the time that the report covers."""
    ids = {it.id for it in found.sites}
    held = db.session.scalars(find_sessions(**spec.dates)).unique().all()
    rows = []
    for it in held:
        if it.site_id in ids and it.held_on and it.held_on >= spec.begins_on:
            spec.rests_on(it)
            pair = f"{said(it.host, 'name')} → {said(it.site, 'name')}"
            minutes = count(it.duration_min, unit=_("min"))
            rows.append([day(it.held_on, it.precision), word(it.kind), pair, minutes])
    return Part(
        _("Coaching and consulting"),
        head=[_("Date"), _("Kind"), _("Host → site"), _("Duration")],
        rows=rows,
        empty=_("no record"),
    )


def _compliance(found: Figures, spec: Spec) -> Part:
    """How far all deployments meet what they are held against, site by site."""
    tallies = compliance_of(found.deployments, spec.when)
    rows = []
    for record in found.sites:
        for it in record.deployments:
            tally = tallies.get(it.id)
            if tally and tally.all.met_share is not None:
                name = f"{said(record, 'name')} · {said(it.solution, 'name')}"
                rows.append([name, *counts_of(tally)])
    return Part(
        _("Guidelines: what is met"),
        head=[_("Site and solution"), *compliance_head()[1:]],
        rows=rows,
        empty=_("Nobody has answered a checklist yet."),
    )


def _outcomes(found: Figures, spec: Spec) -> Part:
    """All outcomes that the asker may read."""
    ids = {it.id for it in found.sites}
    lines = [it for it in lines_of(spec.when) if it.deployment.site_id in ids]
    return outcome_part(spec, lines, with_site=True)


def _alerts(found: Figures, spec: Spec) -> Part:
    """How many alerts are open under each rule, then one by one."""
    return alerts_part(found.sites, spec)


def _reporting(found: Figures, spec: Spec) -> Part:
    """Who reported the month; a final report tells of its last one."""
    told = reporting(spec.month, TRACK, **spec.dates)
    told_of = {it.id for it in found.sites}
    return Part(
        _("Monthly reports of the sites"),
        facts=[(_("Reported"), _("%(n)s of %(of)s", n=told.reported, of=len(told.sites)))],
        head=[_("Site"), _("State")],
        rows=[
            [said(it.site, "name"), word(it.state) or str(_("no record"))]
            for it in told.sites
            if it.site.id in told_of
        ],
    )


def _changes(found: Figures, spec: Spec) -> Part:
    """What happened at the sites, or was recorded of it, in the time that is covered."""
    facts = [(record, fact) for record in found.sites for fact in record.progress]
    covered = [(it, fact) for it, fact in facts if spec.covers(fact.on, fact.recorded_at)]
    spec.rests_on(*(fact for _it, fact in covered))
    rows, note = newest_first(
        (
            fact.on,
            [
                day(fact.on, fact.precision),
                day(fact.recorded_at),
                said(it, "name"),
                f"{word(fact.state)}. {said(fact, 'text')}",
            ],
        )
        for it, fact in covered
    )
    return Part(
        _("What changed"),
        text=note,
        head=[_("Holds for"), _("Recorded"), _("Site"), _("What")],
        widths=[2, 2, 2, 6],
        rows=rows,
        empty=_("Nothing"),
    )


def _ahead(found: Figures, spec: Spec) -> Part:
    """Milestones that fall into the month that follows, on the newest basis told."""
    ids = {it.id for it in found.sites if it.state is not State.WITHDRAWN}
    first, last = spec.ahead
    newest: dict[Any, Milestone] = {}
    order = {basis: place for place, basis in enumerate(Basis)}
    for it in db.session.scalars(find_milestones(track=TRACK, **spec.dates).options(*TOLD)):
        best = newest.get((it.deployment_id, it.kind))
        if best is None or order[it.basis] > order[best.basis]:
            newest[it.deployment_id, it.kind] = it
    rows = [
        [
            it.due.isoformat(),
            said(it.deployment.site, "name"),
            f"{said(it.deployment.solution, 'name')} · {word(it.kind)}",
            word(it.basis),
        ]
        for it in newest.values()
        if it.deployment.site_id in ids and it.basis is not Basis.ACTUAL and first <= it.due <= last
    ]
    return Part(
        _("Next month"),
        head=[_("Date"), _("Site"), _("Milestone"), _("Rests on")],
        rows=sorted(rows),
        empty=_("Nothing is known to fall into these days."),
    )
