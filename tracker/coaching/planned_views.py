"""Routes of planned sessions: announcing one, moving it, cancelling it, and its invitation."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Response, abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError

from common.api import Route
from common.db import db
from common.facts import today
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import Schema, describe
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching.directory import find_coaches
from tracker.coaching.feeds import planned_invitation
from tracker.coaching.kinds import PLANNED, planned_page
from tracker.coaching.planned import (
    AHEAD,
    PlannedRecord,
    PlannedSession,
    PlannedState,
    announce,
    may_plan,
    planned_records,
)
from tracker.coaching.planned_schemas import (
    AnnounceSchema,
    CancelSchema,
    MoveSchema,
    PlannedToldSchema,
)
from tracker.coaching.views import USUAL_KIND, only_for_people
from tracker.rollout import find_sites
from tracker.views import bp

CONFLICT = 409
ICS = "text/calendar; charset=utf-8"


@bp.get("/planned-sessions/new")
@requires(Can.LOG_COACHING)
def new_planned() -> ResponseReturnValue:
    """The form that a session is announced with."""
    only_for_people()
    given = {name: request.args.get(name, "") for name in ("site", "host")}
    given |= {"kind": USUAL_KIND[g.who.role].value, "idempotency_key": uuid4().hex}
    return ask(given, {})


@bp.post("/planned-sessions")
@requires(Can.LOG_COACHING)
@once
def add_planned() -> ResponseReturnValue:
    """Announce a session for a day to come."""
    try:
        values = read(AnnounceSchema())
    except Refused as refused:
        if for_machine():
            raise
        kept = {"idempotency_key": request.form.get("idempotency_key", "")}
        return ask(sent(AnnounceSchema()) | kept, refused.errors), 422
    values["host"] = values["host"] or g.who.organisation
    if not may_plan(g.who, values["site"], values["host"]):
        refuse()
    planned = announce(values, g.who)
    db.session.flush()
    flash(_("Announced. It stands in the calendars of both sides."))
    return finish(planned, new=True)


def ask(given: dict[str, Any], errors: dict[str, Any]) -> str:
    """The form of an announcement, with the sites and hosts that one may name."""
    sites = [it for it in db.session.scalars(find_sites()) if may_plan(g.who, it)]
    if len(sites) == 1:
        given = {"site": sites[0].slug} | {name: it for name, it in given.items() if it}
    coaches = db.session.scalars(find_coaches()).all()
    return render_template(
        "tracker/coaching/planned_form.html",
        form=describe(AnnounceSchema()),
        given=given,
        errors=errors,
        sites=sites,
        coaches=[it for it in coaches if it.id != g.who.organisation_id],
        today=today(),
    )


@bp.post("/planned-sessions/<slug>/move")
@requires(Can.LOG_COACHING)
@once
def move_planned(slug: str) -> ResponseReturnValue:
    """Plan it anew: another day, time, place or subject; what was planned before stays."""
    record = own_plan(slug)
    values = checked(record, MoveSchema())
    if not isinstance(values, dict):
        return values
    record.planned.take(PlannedState.MOVED, g.who, values, values["comment"])
    return step(record, _("Planned anew. Calendars show the change."))


@bp.post("/planned-sessions/<slug>/cancel")
@requires(Can.LOG_COACHING)
@once
def cancel_planned(slug: str) -> ResponseReturnValue:
    """Cancel it with a reason."""
    record = own_plan(slug)
    values = checked(record, CancelSchema())
    if not isinstance(values, dict):
        return values
    record.planned.end(PlannedState.CANCELLED, g.who, values["comment"])
    return step(record, _("Cancelled. Calendars show it as cancelled."))


@bp.get("/planned-sessions/<slug>/invitation.ics")
@requires(Can.READ)
def planned_ics(slug: str) -> Response:
    """It to put into one's calendar; a cancellation where it was cancelled."""
    record: PlannedRecord = one_of(PLANNED, slug)
    page = url_for("tracker.planned-session", slug=slug, _external=True)
    answer = Response(planned_invitation(record, page), content_type=ICS)
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    return answer


def own_plan(slug: str) -> PlannedRecord:
    """What `slug` names. Raises NotFound, and Forbidden for those who are no party of it."""
    record: PlannedRecord = one_of(PLANNED, slug)
    if not may_plan(g.who, record.planned.site, record.planned.host):
        refuse()
    return record


def checked(record: PlannedRecord, schema: Schema) -> dict[str, Any] | ResponseReturnValue:
    """What was sent, checked; else the page of `record` that says what is wrong."""
    try:
        values = read(schema)
    except Refused as refused:
        return again(record, refused.errors, schema)
    late = stale(record.planned, values["version"])
    return again(record, {"version": [late]}, schema, CONFLICT) if late else values


def stale(planned: PlannedSession, version: int) -> str:
    """Why this step is too late; empty where it is not."""
    if planned.steps[-1].what not in AHEAD:
        return str(_("This was held or cancelled already; nothing was changed."))
    if planned.version != version:
        return str(_("Somebody changed this plan meanwhile. Read it again, then change it."))
    return ""


def again(
    record: PlannedRecord, errors: dict[str, Any], schema: Schema, status: int = 422
) -> ResponseReturnValue:
    """The page of the plan with what was sent still in its form."""
    if for_machine():
        if status == CONFLICT:
            abort(CONFLICT, " ".join(it for texts in errors.values() for it in texts))
        raise Refused(errors, {})
    page = planned_page(record, {}) | {"errors": errors}
    page["given"] = page["given"] | sent(schema)
    page |= {"sent_to": (request.endpoint or "").rpartition(".")[2], "it": PLANNED, "asked": {}}
    return render_template("tracker/planned-session.html", item=record, **page), status


def step(record: PlannedRecord, sentence: str) -> ResponseReturnValue:
    """Commit the step, and go to the page of the plan."""
    try:
        answer = finish(record.planned, new=False)
    except StaleDataError:
        db.session.rollback()
        abort(CONFLICT, _("Somebody changed this plan meanwhile. Read it again, then change it."))
    flash(sentence)
    return answer


def finish(planned: PlannedSession, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the plan or its JSON."""
    [record] = planned_records([planned])
    address = url_for(".planned-session", slug=planned.slug)
    return saved(PlannedToldSchema(), record, address, new=new)


ROUTES = [
    Route("post", "/planned-sessions", AnnounceSchema, PlannedToldSchema, _l("Announce a session")),
    Route(
        "post",
        "/planned-sessions/{slug}/move",
        MoveSchema,
        PlannedToldSchema,
        _l("Move or change a planned session"),
    ),
    Route(
        "post",
        "/planned-sessions/{slug}/cancel",
        CancelSchema,
        PlannedToldSchema,
        _l("Cancel a planned session"),
    ),
    Route(
        "get",
        "/planned-sessions/{slug}/invitation.ics",
        None,
        None,
        _l("A planned session for a calendar"),
    ),
]
