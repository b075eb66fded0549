"""Kinds of the coaching log beside sessions: offices, agreements and requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import g
from sqlalchemy import select

from accounts.organisations import Organisation
from common.db import db
from common.facts import When, today
from common.locale import word
from common.permissions import Can, allowed
from common.resource import Resource
from common.schema import describe
from tracker.coaching.agreements import (
    AcceptSchema,
    Agreement,
    AgreementFilters,
    AgreementRecord,
    AgreementSchema,
    AgreementToldSchema,
    agreement_faults,
    agreement_records,
    find_agreements,
)
from tracker.coaching.codes import RequestState, Topic
from tracker.coaching.log import find_sessions, may_log
from tracker.coaching.offices import Office, OfficeSchema
from tracker.coaching.planned import (
    AHEAD,
    PlannedFilters,
    PlannedRecord,
    PlannedSession,
    PlannedState,
    find_planned,
    may_plan,
    planned_records,
)
from tracker.coaching.planned_schemas import (
    CancelSchema,
    MoveSchema,
    PlannedSchema,
    PlannedToldSchema,
)
from tracker.coaching.readers import is_party
from tracker.coaching.requests import (
    AnswerRequestSchema,
    HelpRequest,
    RequestFilters,
    RequestRecord,
    RequestSchema,
    RequestToldSchema,
    find_requests,
    may_answer,
    may_ask,
    request_records,
)
from tracker.coaching.terms import (
    AnswerTermsSchema,
    ChangeTermsSchema,
    WholeAgreementSchema,
    is_over,
    may_accept,
    may_propose,
    newest,
    proposal_of,
    steps_of,
)
from tracker.facets import choices
from tracker.told import session_records


def host_options(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """What lists of agreements and requests can be narrowed to."""
    hosts = select(Organisation).where(
        Organisation.id.in_(select(Agreement.host_id).union(select(HelpRequest.host_id)))
    )
    return choices() | {
        "hosts": db.session.scalars(hosts.order_by(Organisation.slug)).all(),
        "may_ask": may_ask(g.who),
        "states": list(RequestState),
    }


def agreement_page(record: AgreementRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of an agreement shows: the sessions that count against it."""
    it, when = record.agreement, record.when
    sessions = find_sessions(
        site=it.site,
        host=it.host,
        as_of=when.as_of,
        known_on=when.known_on,
    )
    rows = db.session.scalars(sessions).all()
    within = [one for one in rows if one.held_on and it.begins_on <= one.held_on <= it.ends_on]
    asked = select(HelpRequest).where(HelpRequest.agreement_id == it.id)
    requests = request_records(db.session.scalars(asked).all())
    return {
        "sessions": session_records(within, as_of=when.as_of, known_on=when.known_on),
        "requests": requests,
        "today": today(),
        **terms_part(it, when),
    }


def terms_part(it: Agreement, when: When) -> dict[str, Any]:
    """What the page of an agreement shows of other terms: steps, and forms for those who may."""
    over, waits = is_over(it), proposal_of(it)
    return {
        "form": describe(ChangeTermsSchema()),
        "answer_form": describe(AnswerTermsSchema()),
        "given": {"minutes": it.minutes, "ends_on": it.ends_on.isoformat()},
        "errors": {},
        "newest": newest(it, When(max(today(), it.on))),
        "changes": steps_of(it, when),
        "reads_reasons": is_party(g.who, it),
        "waits": None if over else waits,
        "may_propose": not over and not waits and may_propose(g.who, it),
        "may_accept": not over and waits is not None and may_accept(g.who, it),
        "may_decide": not over and allowed(Can.DECIDE),
        "key": uuid4().hex,
    }


def request_page(record: RequestRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a request shows: the forms of those who may answer it."""
    waits = record.request.steps[-1].what is RequestState.ASKED
    return {
        "form": describe(AcceptSchema()),
        "answer_form": describe(AnswerRequestSchema()),
        "given": {"minutes": record.request.minutes_wished, "begins_on": today().isoformat()},
        "errors": {},
        "may_answer": waits and may_answer(g.who, record.request),
        "may_withdraw": waits and may_ask(g.who, record.request.site),
        "key": uuid4().hex,
        "today": today(),
    }


def planned_options(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of planned sessions can be narrowed to."""
    hosts = select(Organisation).where(Organisation.id.in_(select(PlannedSession.host_id)))
    return choices() | {
        "hosts": db.session.scalars(hosts.order_by(Organisation.slug)).all(),
        "states": list(PlannedState),
        "may_log": may_log(g.who),
    }


def planned_page(record: PlannedRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a planned session shows: the forms of its parties."""
    it, ahead = record.planned, record.planned.steps[-1].what in AHEAD
    mine = ahead and may_plan(g.who, it.site, it.host)
    return {
        "form": describe(MoveSchema()),
        "cancel_form": describe(CancelSchema()),
        "given": MoveSchema().dump(it.steps[-1]) | {"comment": None},
        "errors": {},
        "may_plan": mine,
        "topic_words": {it.value: word(it) for it in Topic},
        "may_hold": mine and g.who.organisation_id == it.host_id,
        "key": uuid4().hex,
        "today": today(),
    }


OFFICES = Resource(one="coach-office", many="coach-offices", model=Office, schema=OfficeSchema)
AGREEMENTS = Resource(
    one="agreement",
    many="agreements",
    model=Agreement,
    schema=AgreementSchema,
    filters=AgreementFilters,
    find=find_agreements,
    tell=agreement_records,
    told=AgreementToldSchema,
    whole=WholeAgreementSchema,
    extras=host_options,
    page_extras=agreement_page,
    sorts={"key": Agreement.key, "ends_on": Agreement.ends_on, "minutes": Agreement.minutes},
    together=agreement_faults,
)
REQUESTS = Resource(
    one="request",
    many="requests",
    model=HelpRequest,
    schema=RequestSchema,
    filters=RequestFilters,
    find=find_requests,
    tell=request_records,
    told=RequestToldSchema,
    extras=host_options,
    page_extras=request_page,
    sorts={"slug": HelpRequest.slug},
)
PLANNED = Resource(
    one="planned-session",
    many="planned-sessions",
    model=PlannedSession,
    schema=PlannedSchema,
    filters=PlannedFilters,
    find=find_planned,
    tell=planned_records,
    told=PlannedToldSchema,
    extras=planned_options,
    page_extras=planned_page,
    sorts={"slug": PlannedSession.slug},
)
COACHING_KINDS = [OFFICES, AGREEMENTS, REQUESTS, PLANNED]
