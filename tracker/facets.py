"""Facets: what the lists and pages of the tracker show besides their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import uuid4

from flask import g
from sqlalchemy import ColumnElement, Select, func, select

from accounts.organisations import Organisation
from catalog.solutions import Solution, solutions_to_choose
from common.db import Model, db
from common.facts import When, held, latest, today, with_corrected
from common.permissions import Can, allowed
from common.resource import dates
from common.schema import describe
from tracker.alerts.inbox import AlertRecord, brief
from tracker.checklists.adherence import Checklist, compliance_of, entries_of
from tracker.coaching.actions import ActionSchema
from tracker.coaching.beside import beside_a_list, beside_a_session, beside_a_site
from tracker.coaching.codes import SessionKind
from tracker.coaching.log import (
    CoachingSession,
    SessionLogSchema,
    find_sessions,
    may_log,
)
from tracker.coaching.persons import count_persons
from tracker.coaching.readers import reads_all
from tracker.coaching.revisions import Difference, history
from tracker.deployments import Deployment
from tracker.gaps import gaps
from tracker.money.ledger import Fund, MoneyStage
from tracker.monitor.axes import quantity_axis, time_line
from tracker.monitor.maps import drawing
from tracker.municipalities import Municipality, MunicipalityCode, Population, codes_on
from tracker.outcomes.told import outcomes_part
from tracker.progress import Quantity, QuantityReportSchema, QuantityStage, quantity_history
from tracker.ranks import deployment_ranks, site_ranks
from tracker.register.register import deployment_units, site_units
from tracker.reports.months import last_month
from tracker.rollout import (
    WITH_TOWN,
    DeploymentRecord,
    SiteRecord,
    find_deployments,
    find_sites,
    site_records,
)
from tracker.rounds import Round, RoundStep, Track, find_rounds
from tracker.sites import Site, may_report
from tracker.state_rules import StateChangeSchema
from tracker.states import State, next_states
from tracker.told import SessionRecord, session_records


def site_options(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of sites can be narrowed to, and how many there are of each track and state."""
    ranks = site_ranks(When.of(filters["as_of"], filters["known_on"]))
    rank = func.coalesce(ranks.c.rank, State.NO_DATA.rank)
    any_track = ids_of(find_sites(**{**filters, "track": None}), Site)
    any_state = ids_of(find_sites(**{**filters, "state": None}), Site)
    tracks = select(Round.track, func.count()).join(Site, Site.round_id == Round.id)
    states = select(rank, func.count()).select_from(Site)
    states = states.outerjoin(ranks, ranks.c.site_id == Site.id)
    return choices() | {
        "tracks": counts(tracks.where(Site.id.in_(any_track)).group_by(Round.track), Track),
        "states": by_state(states.where(Site.id.in_(any_state)).group_by(rank)),
    }


def deployment_options(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of deployments can be narrowed to, and how many there are of each state."""
    ranks = deployment_ranks(When.of(filters["as_of"], filters["known_on"]))
    rank = func.coalesce(ranks.c.rank, State.PLANNED.rank)
    any_state = ids_of(find_deployments(**{**filters, "state": None}), Deployment)
    states = select(rank, func.count()).select_from(Deployment)
    states = states.outerjoin(ranks, ranks.c.deployment_id == Deployment.id)
    return choices() | {
        "states": by_state(states.where(Deployment.id.in_(any_state)).group_by(rank)),
    }


def session_options(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the coaching log can be narrowed to, and whether one may write in it."""
    of_any_kind = ids_of(find_sessions(**{**filters, "kind": None}), CoachingSession)
    kinds = select(CoachingSession.kind, func.count()).where(CoachingSession.id.in_(of_any_kind))
    hosts = select(Organisation).where(
        Organisation.id.in_(select(CoachingSession.host_id).distinct())
    )
    return choices() | {
        "kinds": counts(kinds.group_by(CoachingSession.kind), SessionKind),
        "hosts": db.session.scalars(hosts.order_by(Organisation.slug)).all(),
        "may_log": may_log(g.who),
        **beside_a_list(filters),
    }


def money_options(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of amounts can be narrowed to."""
    return {
        "all_sites": db.session.scalars(find_sites(track=None)).all(),
        "all_funds": list(Fund),
        "all_stages": list(MoneyStage),
        "today": today(),
    }


def choices() -> dict[str, Any]:
    """The sites and solutions that any list can be narrowed to, and today."""
    return {
        "all_sites": db.session.scalars(find_sites()).all(),
        "all_solutions": db.session.scalars(solutions_to_choose()).all(),
        "today": today(),
    }


def ids_of(query: Select[Any], model: type[Model]) -> Select[Any]:
    """The ids of what `query` finds."""
    return query.with_only_columns(model.id).order_by(None)


def counts(query: Any, kind: type[StrEnum]) -> dict[Any, int]:
    """How many rows of `query`, pairs of a value and a count, there are of each value of `kind`."""
    found: dict[Any, int] = dict(db.session.execute(query).all())
    return {value: found.get(value, 0) for value in kind}


def by_state(query: Any) -> dict[State, int]:
    """How many there are in each state, from pairs of a rank and a count."""
    found: dict[int, int] = dict(db.session.execute(query).all())
    return {state: found.get(state.rank, 0) for state in State}


def site_page(record: SiteRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a site shows: its sessions, its time and what is not known of it."""
    when = record.when
    sessions = find_sessions(site=record.site, as_of=when.as_of, known_on=when.known_on)
    steps = held(RoundStep, when).where(RoundStep.round_id == record.round_id)
    people = held(Population, when).where(Population.municipality_id == record.municipality_id)
    return {
        "sessions": session_records(db.session.scalars(sessions).all()),
        "line": time_line(record, db.session.scalars(steps).all()),
        "axis": quantity_axis(record.deployments),
        "working": working_units(record.deployments),
        "register": site_units(record),
        "gaps": gaps(record),
        "populations": db.session.scalars(people.order_by(Population.on.desc())).all(),
        "drawing": drawing([record]),
        "compliance": compliance_of(record.deployments, when),
        "may_report": allowed(Can.REPORT_QUANTITY) and may_report(g.who, record),
        "may_log": may_log(g.who, record.site),
        "may_take_over": may_report(g.who, record) or reads_all(g.who),
        "alerts": site_alerts(record),
        "report_month": last_month(),
        "today": today(),
        **outcomes_part(when, site=record.site),
        **beside_a_site(record),
    }


def site_alerts(record: SiteRecord) -> list[AlertRecord] | None:
    """The open alerts about a site, for its own officer; None for everybody else."""
    if not (allowed(Can.HANDLE_ALERTS) and may_report(g.who, record)):
        return None
    return brief(record.when, g.who, [record])


def working_units(deployments: Sequence[DeploymentRecord]) -> tuple[int, int] | None:
    """How many units work, and how many stand, where both are told; None where nobody told."""
    stages = (QuantityStage.WORKING, QuantityStage.INSTALLED)
    told = [[it.quantity(stage) for stage in stages] for it in deployments]
    both = [(works, stand) for works, stand in told if works is not None and stand is not None]
    return (sum(it[0] for it in both), sum(it[1] for it in both)) if both else None


def deployment_page(record: DeploymentRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a deployment shows: all its quantities and the report form."""
    told = quantity_history(record.deployment, record.when)
    entries = entries_of([record.deployment], record.when)
    return {
        "checklist": Checklist(record.deployment, record.when, record.state, entries, entries),
        "history": db.session.scalars(told.options(with_corrected(Quantity))).all(),
        "axis": quantity_axis([record]),
        "register": deployment_units(record),
        "may_report": allowed(Can.REPORT_QUANTITY) and may_report(g.who, record.site),
        "form": describe(QuantityReportSchema()),
        "given": {"idempotency_key": uuid4().hex, "on": today().isoformat()},
        "errors": {},
        "state_form": describe(StateChangeSchema()),
        "next_states": next_states(record.state),
        "state_given": {"idempotency_key": uuid4().hex, "on": today().isoformat()},
        "state_errors": {},
        "today": today(),
        **outcomes_part(record.when, deployment=record.deployment),
    }


def session_page(record: SessionRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a session shows: how it was changed, to those who may read it."""
    versions = history(record.session) if record.readable else []
    changed = [it for version in versions for it in version.differences]
    return beside_a_session(record) | {
        "versions": versions,
        "form": describe(SessionLogSchema()),
        "action_form": describe(ActionSchema()),
        "named": named(changed),
        "named_persons": count_persons(record.session) if record.readable else 0,
        "may_log": may_log(g.who, record.site),
        "today": today(),
    }


def named(changed: Iterable[Difference]) -> dict[str, dict[str, Any]]:
    """The sites, solutions and organisations that stand in `changed`, by slug."""
    slugs: dict[str, set[str]] = {"site": set(), "solutions": set(), "owner": set()}
    for it in changed:
        for said in (it.before, it.after):
            if it.name == "site" and said:
                slugs["site"].add(said)
            elif it.name == "solutions":
                slugs["solutions"].update(said or [])
            elif it.name == "actions":
                slugs["owner"].update(action["owner"] for action in said or [])
    tables: dict[str, Any] = {"site": Site, "solutions": Solution, "owner": Organisation}
    return {
        name: {
            thing.slug: thing
            for thing in db.session.scalars(select(table).where(table.slug.in_(slugs[name])))
        }
        if slugs[name]
        else {}
        for name, table in tables.items()
    }


def round_facts(rounds: list[Round], filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many sites were selected in each of `rounds` as of a date."""
    ids = [it.id for it in rounds]
    chosen = (Site.round_id.in_(ids), Site.chosen(When.of(**dates(filters))))
    counts = select(Site.round_id, func.count()).where(*chosen)
    return {"selected": dict(db.session.execute(counts.group_by(Site.round_id)).all())}


def round_page(it: Round, when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a round shows: its sites, and the tracks of its year."""
    return {
        "sites": sites_where(Site.round_id == it.id, when),
        "tracks": db.session.scalars(find_rounds(year=it.year)).all(),
    }


def municipality_facts(towns: list[Municipality], filters: Mapping[str, Any]) -> dict[str, Any]:
    """Code, newest population and sites of each of `towns` as of a date, by its id."""
    ids = [town.id for town in towns]
    when = When.of(**dates(filters))
    newest = latest(Population, (Population.municipality_id,), when)
    people = db.session.scalars(newest.where(Population.municipality_id.in_(ids)))
    codes = db.session.scalars(
        codes_on(when.as_of).where(MunicipalityCode.municipality_id.in_(ids))
    )
    chosen = find_sites(track=None, **dates(filters))
    sites = db.session.scalars(chosen.where(Site.municipality_id.in_(ids)))
    by_town: dict[int, list[Site]] = {town: [] for town in ids}
    for site in sites:
        by_town[site.municipality_id].append(site)
    return {
        "people": {row.municipality_id: row for row in people},
        "codes": {row.municipality_id: row for row in codes},
        "sites": by_town,
    }


def municipality_page(town: Municipality, when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a municipality shows: its sites in all rounds."""
    return {"sites": sites_where(Site.municipality_id == town.id, when)}


def sites_where(rule: ColumnElement[bool], when: Mapping[str, Any]) -> list[SiteRecord]:
    """What is known as of a date of the sites that `rule` picks, whatever their track."""
    rows = db.session.scalars(find_sites(track=None, **when).where(rule).options(*WITH_TOWN))
    return site_records(rows.all(), **when)
