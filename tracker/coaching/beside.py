"""Beside: what the pages and the form of sessions show of agreements, links and pace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from flask import g
from sqlalchemy import select

from accounts.organisations import Organisation
from catalog.guidelines import Item
from common.db import db
from common.facts import When
from common.locale import said
from common.schema import describe
from tracker.checklists.adherence import items_for
from tracker.coaching.agreements import agreement_for, agreement_records, find_agreements
from tracker.coaching.codes import SessionKind
from tracker.coaching.details import MovedSchema, PersonsSchema
from tracker.coaching.materials import MOST_FILES
from tracker.coaching.moved import moved_by, things_to_offer
from tracker.coaching.pace import pace_of
from tracker.coaching.planned import AHEAD, find_planned, may_plan, planned_records
from tracker.coaching.requests import may_ask
from tracker.coaching.reviews import ConfirmSchema, SendBackSchema, may_review
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records

ADVISING = (SessionKind.COACHING, SessionKind.CONSULTING)


def needs_reason(values: Mapping[str, Any], host: Organisation) -> bool:
    """Whether a session is advice by a host that has no agreement with the site for that day."""
    site = values["site"]
    if values["kind"] not in ADVISING or host.id == site.municipality.organisation_id:
        return False
    return agreement_for(site.id, host.id, values["held_on"]) is None


def beside_a_form(
    record: SiteRecord | None, given: Mapping[str, Any], host: Organisation
) -> dict[str, Any]:
    """What the form offers once its site is chosen: agreement, deployments, items, links."""
    found = None
    day = _day(given.get("held_on"))
    if record is not None and day is not None:
        found = agreement_for(record.site.id, host.id, day)
    deployments = [it.deployment for it in record.deployments] if record else []
    return {
        "agreement": agreement_records([found])[0] if found else None,
        "own": record is not None and host.id == record.municipality.organisation_id,
        "deployments": [(it.slug, said(it.solution, "name")) for it in deployments],
        "items": _items(deployments, given),
        "things": things_to_offer(record),
        "persons_form": describe(PersonsSchema()),
        "moved_form": describe(MovedSchema()),
    }


def _items(deployments: list[Any], given: Mapping[str, Any]) -> dict[str, list[Item]]:
    """The items that the site's deployments are held against, by the title of their guideline."""
    found = items_for(deployments) if deployments else []
    chosen = set(given.get("guideline_items") or []) - {it.key for it in found}
    if chosen:  # of an earlier choice: still shown, or the form would lose them
        found = [*found, *db.session.scalars(select(Item).where(Item.key.in_(chosen)))]
    by_guideline: dict[str, list[Item]] = {}
    for it in found:
        by_guideline.setdefault(str(said(it.guideline, "title")), []).append(it)
    return by_guideline


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def beside_a_session(record: Any) -> dict[str, Any]:
    """What the page of a session shows of its agreement, its review and what it moved."""
    session = record.session
    found = None
    if session.held_on is not None:
        found = agreement_for(session.site_id, session.host_id, session.held_on)
    when: When = record.when
    told = agreement_records([found], when.as_of, when.known_on) if found else []
    return {
        "agreement": told[0] if told else None,
        "moved": moved_by(session, when),
        "may_review": may_review(g.who, session),
        "may_add": record.editable,
        "persons_form": describe(PersonsSchema()),
        "confirm_form": describe(ConfirmSchema()),
        "return_form": describe(SendBackSchema()),
        "most_files": MOST_FILES,
        "errors": {},
        "given": {},
        "key": uuid4().hex,
    }


def beside_a_site(record: SiteRecord) -> dict[str, Any]:
    """What the page of a site shows of its agreements."""
    when = record.when
    query = find_agreements(site=record.site, as_of=when.as_of, known_on=when.known_on)
    rows = db.session.scalars(query).all()
    dates = {"as_of": when.as_of, "known_on": when.known_on}
    ahead = find_planned(site=record.site, state=AHEAD, as_of=when.as_of, known_on=when.known_on)
    planned = planned_records(db.session.scalars(ahead).all(), **dates)
    return {
        "agreements": agreement_records(rows, when.as_of, when.known_on),
        "planned": sorted(planned, key=lambda it: it.planned_on or date.max),
        "may_plan": may_plan(g.who, record.site),
        "may_ask": may_ask(g.who, record.site),
    }


def beside_a_list(filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of sessions shows of the pace of coached sites and others."""
    dates = {name: filters[name] for name in ("as_of", "known_on")}
    rows = db.session.scalars(find_sites(**dates).options(*WITH_TOWN)).all()
    return {"pace": pace_of(site_records(rows, **dates), When.of(**dates))}
