"""Routes of requests: asking for help, accepting with minutes and days, declining, withdrawing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError

from catalog.solutions import solutions_to_choose
from common.api import Route
from common.db import db
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import Schema, describe
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching.agreements import AcceptSchema, agree, overlap_words, overlapping
from tracker.coaching.codes import RequestState
from tracker.coaching.directory import find_coaches
from tracker.coaching.kinds import REQUESTS, request_page
from tracker.coaching.requests import (
    AnswerRequestSchema,
    AskSchema,
    RequestRecord,
    RequestToldSchema,
    ask_for_help,
    may_answer,
    may_ask,
    request_records,
)
from tracker.coaching.views import only_for_people
from tracker.rollout import find_sites
from tracker.views import bp

CONFLICT = 409


@bp.get("/requests/new")
@requires(Can.ASK_FOR_COACHING)
def new_request() -> ResponseReturnValue:
    """The form that a site asks for help with."""
    only_for_people()
    given = {name: request.args.get(name, "") for name in ("host", "solution")}
    return ask(given | {"idempotency_key": uuid4().hex}, {})


@bp.post("/requests")
@requires(Can.ASK_FOR_COACHING)
@once
def add_request() -> ResponseReturnValue:
    """Ask for help with one's own site."""
    try:
        values = read(AskSchema())
    except Refused as refused:
        return not_asked(refused)
    if not may_ask(g.who, values["site"]):
        refuse()
    if values["host"] and values["host"].id == g.who.organisation_id:
        errors = {"host": [_("Ask somebody else than your own organisation.")]}
        return not_asked(Refused(errors, sent(AskSchema())))
    made = ask_for_help(values, g.who)
    db.session.flush()
    flash(_("Asked. The host sees it; you find the answer here."))
    return finish(made, new=True)


def not_asked(refused: Refused) -> ResponseReturnValue:
    """The form once more, as it was filled in."""
    if for_machine():
        raise refused
    kept = {"idempotency_key": request.form.get("idempotency_key", "")}
    return ask(sent(AskSchema()) | kept, refused.errors), 422


def ask(given: dict[str, Any], errors: dict[str, Any]) -> str:
    """The form of a request."""
    sites = [it for it in db.session.scalars(find_sites(track=None)) if may_ask(g.who, it)]
    if len(sites) == 1:
        given = {"site": sites[0].slug} | given
    coaches = db.session.scalars(find_coaches()).all()
    return render_template(
        "tracker/coaching/request_form.html",
        form=describe(AskSchema()),
        given=given,
        errors=errors,
        sites=sites,
        coaches=[it for it in coaches if it.id != g.who.organisation_id],
        solutions=db.session.scalars(solutions_to_choose()).all(),
    )


@bp.post("/requests/<slug>/accept")
@requires(Can.OFFER_COACHING)
@once
def accept_request(slug: str) -> ResponseReturnValue:
    """Accept a request: agree on minutes and days with the site."""
    record, schema = answerable(slug), AcceptSchema()
    try:
        values = read(schema)
    except Refused as refused:
        return again(record, refused.errors, schema)
    late = stale(record, values["version"])
    if late:
        return again(record, {"version": [late]}, schema, CONFLICT)
    site, host = record.request.site, g.who.organisation
    taken = overlapping(site.id, host.id, values["begins_on"], values["ends_on"])
    if taken:
        return again(record, {"begins_on": [overlap_words(taken)]}, schema, CONFLICT)
    record.request.agreement = agree(site, host, values, g.who)
    return step(
        record,
        RequestState.ACCEPTED,
        values["comment"],
        _("Accepted. Sessions now count against it."),
    )


@bp.post("/requests/<slug>/decline")
@requires(Can.OFFER_COACHING)
@once
def decline_request(slug: str) -> ResponseReturnValue:
    """Decline a request with a reason."""
    record = answerable(slug)
    if record.request.host_id != g.who.organisation_id:
        refuse()  # an open one waits for somebody else
    return closed(record, RequestState.DECLINED, _("Declined. The site sees your reason."))


@bp.post("/requests/<slug>/withdraw")
@requires(Can.ASK_FOR_COACHING)
@once
def withdraw_request(slug: str) -> ResponseReturnValue:
    """Withdraw a request of one's own site with a reason."""
    record: RequestRecord = one_of(REQUESTS, slug)
    if not may_ask(g.who, record.request.site):
        refuse()
    return closed(record, RequestState.WITHDRAWN, _("Withdrawn."))


def answerable(slug: str) -> RequestRecord:
    """The request that `slug` names. Raises NotFound, and Forbidden for those not asked."""
    record: RequestRecord = one_of(REQUESTS, slug)
    if not may_answer(g.who, record.request):
        refuse()
    return record


def closed(record: RequestRecord, what: RequestState, sentence: str) -> ResponseReturnValue:
    """End a request without an agreement."""
    schema = AnswerRequestSchema()
    try:
        values = read(schema)
    except Refused as refused:
        return again(record, refused.errors, schema)
    late = stale(record, values["version"])
    if late:
        return again(record, {"version": [late]}, schema, CONFLICT)
    return step(record, what, values["comment"], sentence)


def stale(record: RequestRecord, version: int) -> str:
    """Why this step is too late; empty where it is not."""
    if record.request.steps[-1].what is not RequestState.ASKED:
        return str(_("This request was answered already; nothing was changed."))
    if record.request.version != version:
        return str(_("Somebody changed this request meanwhile. Read it again, then answer."))
    return ""


def step(
    record: RequestRecord, what: RequestState, comment: str | None, sentence: str
) -> ResponseReturnValue:
    """Take the step, commit, and go to the page of the request."""
    try:
        record.request.take(what, g.who, comment)
        answer = finish(record.request, new=False)
    except StaleDataError:
        db.session.rollback()
        abort(CONFLICT, _("This request was answered already; nothing was changed."))
    flash(sentence)
    return answer


def again(
    record: RequestRecord, errors: dict[str, Any], schema: Schema, status: int = 422
) -> ResponseReturnValue:
    """The page of the request with what was sent still in its form."""
    if for_machine():
        if status == CONFLICT:
            abort(CONFLICT, " ".join(it for texts in errors.values() for it in texts))
        raise Refused(errors, {})
    page = request_page(record, {}) | {"errors": errors, "given": sent(schema)}
    page |= {"sent_to": (request.endpoint or "").rpartition(".")[2]}
    return (
        render_template("tracker/request.html", item=record, it=REQUESTS, asked={}, **page),
        status,
    )


def finish(made: Any, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the request or its JSON."""
    [record] = request_records([made])
    return saved(RequestToldSchema(), record, url_for(".request", slug=made.slug), new=new)


ROUTES = [
    Route(
        "post", "/requests", AskSchema, RequestToldSchema, _l("Ask for help with one's own site")
    ),
    *(
        Route("post", f"/requests/{{slug}}/{verb}", schema, RequestToldSchema, words)
        for verb, schema, words in (
            ("accept", AcceptSchema, _l("Accept a request for help")),
            ("decline", AnswerRequestSchema, _l("Decline a request for help")),
            ("withdraw", AnswerRequestSchema, _l("Withdraw a request of one's own site")),
        )
    ),
]
