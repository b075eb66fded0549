"""Handover: what a successor needs to know of a site or a host, put together as a paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from accounts.organisations import Organisation
from accounts.users import User
from common.db import db
from common.facts import When
from common.locale import SEOUL, day, number, said, won, word
from common.papers import Paper, Part
from tracker.coaching.actions import ActionState
from tracker.coaching.log import CoachingSession, find_sessions
from tracker.coaching.minutes import end, persons, steps
from tracker.coaching.persons import SessionPerson, find_persons
from tracker.coaching.planned import AHEAD, PlannedState, find_planned, records_for
from tracker.coaching.promises import ActionRecord, action_records, find_actions
from tracker.deployments import Deployment
from tracker.money.ledger import MoneyStage
from tracker.plan.milestones import TOLD, Basis, find_milestones
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord
from tracker.timeline.tellers import TELLERS
from tracker.timeline.timeline import timeline

DAYS_AHEAD = 90
MOST_CHANGES = 200
SESSIONS_TOLD = 20
PLANS = (QuantityStage.PLANNED, QuantityStage.REVISED)
QUANTITIES = (*PLANS, QuantityStage.INSTALLED, QuantityStage.WORKING)
RANK = {basis: place for place, basis in enumerate(Basis)}


@dataclass
class Handover:
    """The pack: the paper, how many names it holds, and since when changes are told."""

    paper: Paper
    persons: int
    since: datetime | date | None


def predecessor_left(who: User, organisation: Organisation) -> datetime | None:
    """When somebody else of `organisation` than `who` signed in last; None where nobody did."""
    query = select(func.max(User.signed_in_at))
    return db.session.scalar(
        query.where(User.organisation_id == organisation.id, User.id != who.id)
    )


def site_handover(record: SiteRecord, who: User, since: datetime | date | None) -> Handover:
    """The pack of a site as of the day of `record`, with what was told `since`."""
    site, when = record.site, record.when
    ours = record.municipality.organisation_id
    actions = open_actions(who, when, site=site)
    contacts = newest_persons(who, site=site)
    parts = [
        _status(record.deployments),
        steps(_("Open actions"), [it for it in actions if it.owner_id == ours]),
        steps(_("Promised by others"), [it for it in actions if it.owner_id != ours]),
        _money(record),
        _ahead([site.id], actions, planned_ahead(when, site=site), when),
        _sessions(find_sessions(site=site, as_of=when.as_of, known_on=when.known_on)),
        persons(contacts),
        _changes(record, since),
    ]
    title = _("Handover: %(name)s %(year)s", name=said(site, "name"), year=site.round.year)
    return Handover(_paper(title, when, since, parts), len(contacts), since)


def host_handover(
    host: Organisation, who: User, since: datetime | date | None, when: When
) -> Handover:
    """The pack of a host: its sessions, what it promised and what was promised to it."""
    actions = open_actions(who, when, host=host)
    actions += [it for it in open_actions(who, when, owner=host) if it.session.host_id != host.id]
    contacts = newest_persons(who, host=host)
    held = find_sessions(host=host, as_of=when.as_of, known_on=when.known_on)
    sites = db.session.scalars(held.with_only_columns(CoachingSession.site_id).order_by(None))
    parts = [
        steps(_("Open actions"), [it for it in actions if it.owner_id == host.id]),
        steps(_("Promised by others"), [it for it in actions if it.owner_id != host.id]),
        _ahead(sorted(set(sites)), actions, planned_ahead(when, host=host), when),
        _sessions(held),
        persons(contacts),
        _told_sessions(held, since),
    ]
    title = _("Handover: %(name)s", name=said(host, "name"))
    return Handover(_paper(title, when, since, parts), len(contacts), since)


def open_actions(who: User, when: When, **whose: Any) -> list[ActionRecord]:
    """The open actions of a site, a host or an owner that `who` may read."""
    told: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
    query = find_actions(who, state=[ActionState.OPEN], **whose, **told)
    return action_records(db.session.scalars(query).all(), **told)


def newest_persons(who: User, **whose: Any) -> Sequence[SessionPerson]:
    """Persons that `who` may read, each once, of the newest session."""
    rows = db.session.scalars(find_persons(who, **whose)).all()
    once: dict[tuple[str, str | None], SessionPerson] = {}
    for it in rows:
        once.setdefault((it.name, it.contact), it)
    return list(once.values())


def _paper(title: str, when: When, since: datetime | date | None, parts: list[Part]) -> Paper:
    told = day(since) if since else _("not known; choose a day")
    return Paper(
        title=title,
        below=_("As of %(day)s", day=when.as_of),
        facts=[(_("What changed is told since"), told)],
        parts=parts,
        foot=_("Put together from the record; for this organisation and the ministry only."),
    )


def _status(deployments: Sequence[DeploymentRecord]) -> Part:
    return Part(
        _("Status"),
        head=[_("Solution"), _("State"), *(word(stage) for stage in QUANTITIES)],
        rows=[
            [
                said(it.solution, "name"),
                word(it.state),
                *(_quantity(it, it.quantities.get(stage)) for stage in QUANTITIES),
            ]
            for it in deployments
        ],
        empty=_("Which solutions it deploys is not known"),
    )


def _quantity(it: DeploymentRecord, row: Any) -> str:
    if row is None or row.value is None:
        return str(_("No data"))
    told = _("%(n)s %(unit)s", n=number(row.value), unit=word(it.unit))
    return f"{told} ({day(row.on, row.precision)})"


def _money(record: SiteRecord) -> Part:
    account = record.account
    found = []
    for stage in MoneyStage:
        amount = account.total(stage)
        days = [it.on for it in account.all_rows(stage) or account.local_rows(stage)]
        if amount is not None:
            on = f" ({max(days).isoformat()})" if days else ""
            found.append((word(stage), won(amount) + on))
    shortfall = account.match_shortfall_won
    if shortfall is not None:
        found.append((_("Match lacking"), won(shortfall)))
    return Part(_("Money position"), facts=found, empty=_("No data"))


def planned_ahead(when: When, **whose: Any) -> list[tuple[date, str, str]]:
    """The sessions planned with a site or a host in the days to come."""
    end_of = when.as_of + timedelta(days=DAYS_AHEAD)
    dates: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
    query = find_planned(state=AHEAD, begin=when.as_of, end=end_of, **whose, **dates)
    return [
        (
            it.planned_on,
            word(it.kind),
            f"{said(it.host, 'name')} → {said(it.site, 'name')} · {word(PlannedState.PLANNED)}",
        )
        for it in records_for(None, db.session.scalars(query).all(), when)
        if it.planned_on
    ]


def _ahead(
    sites: Sequence[int],
    actions: Sequence[ActionRecord],
    planned: Sequence[tuple[date, str, str]],
    when: When,
) -> Part:
    """Milestones planned or expected, sessions planned and actions due, in the days to come."""
    last = when.as_of + timedelta(days=DAYS_AHEAD)
    rows = find_milestones(as_of=when.as_of, known_on=when.known_on)
    rows = rows.where(Deployment.site_id.in_(sites)).options(*TOLD)
    newest: dict[Any, Any] = {}
    for it in db.session.scalars(rows):
        best = newest.get((it.deployment_id, it.kind))
        if best is None or RANK[it.basis] > RANK[best.basis]:
            newest[it.deployment_id, it.kind] = it
    told = [
        (it.due, word(it.kind), f"{said(it.deployment.solution, 'name')} · {word(it.basis)}")
        for it in newest.values()
        if it.basis is not Basis.ACTUAL and when.as_of <= it.due <= last
    ]
    told += [
        (it.works_on, _("Due"), f"{it.what} · {said(it.owner, 'name')} · {end(it)}")
        for it in actions
        if it.works_on and when.as_of <= it.works_on <= last
    ]
    return Part(
        _("The next %(n)s days", n=DAYS_AHEAD),
        head=[_("Date"), _("Kind"), _("What")],
        rows=[[on.isoformat(), kind, what] for on, kind, what in sorted([*told, *planned])],
        empty=_("Nothing is known to fall into these days."),
    )


def _sessions(held: Any) -> Part:
    found = db.session.scalars(held.limit(SESSIONS_TOLD)).all()
    return Part(
        _("Sessions, the newest first"),
        head=[_("Date"), _("Kind"), _("Host → site"), _("Duration")],
        rows=[
            [
                day(it.held_on, it.precision),
                word(it.kind),
                f"{said(it.host, 'name')} → {said(it.site, 'name')}",
                _("%(n)s min", n=it.duration_min) if it.duration_min else _("No data"),
            ]
            for it in found
        ],
        empty=_("no record"),
    )


def _moment(since: datetime | date | None) -> datetime | None:
    if since is None or isinstance(since, datetime):
        return since
    return datetime(since.year, since.month, since.day, tzinfo=SEOUL)


def _changes(record: SiteRecord, since: datetime | date | None) -> Part:
    begin, when = _moment(since), record.when
    events = timeline(record.site, TELLERS, as_of=when.as_of, known_on=when.known_on)
    new = [it for it in events if begin and it.recorded_at and it.recorded_at > begin]
    return Part(
        _("What was recorded since then"),
        head=[_("Recorded"), _("Holds for"), _("Kind"), _("What")],
        rows=[
            [day(it.recorded_at), day(it.on, it.precision), word(it.kind), it.text]
            for it in sorted(new, key=lambda it: str(it.recorded_at), reverse=True)
        ][:MOST_CHANGES],
        empty=_("Nothing") if begin else _("No day is known to tell changes from; choose one."),
    )


def _told_sessions(held: Any, since: datetime | date | None) -> Part:
    begin = _moment(since)
    new = held.where(CoachingSession.recorded_at > begin) if begin else held.limit(0)
    part = _sessions(new)
    part.title = _("What was recorded since then")
    part.empty = _("Nothing") if begin else _("No day is known to tell changes from; choose one.")
    return part
