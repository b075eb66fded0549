"""Routes that write the coaching log: logging a session, mending it and closing its steps."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import flash, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound

from accounts.organisations import Organisation
from catalog.solutions import Solution, find_solutions
from common.api import Write
from common.db import db
from common.facts import today
from common.permissions import Can, Role, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import describe
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching import (
    CoachingSession,
    SessionKind,
    SessionLogSchema,
    change_session,
    log_session,
    may_edit,
    may_log,
)
from tracker.progress import QuantityReportSchema, QuantitySchema
from tracker.rollout import find_sites, site_records
from tracker.told import SessionRecord, SessionToldSchema, session_records
from tracker.views import COACHING, bp

USUAL_KIND = {
    Role.COACH: SessionKind.COACHING,
    Role.CONSULTANT: SessionKind.CONSULTING,
    Role.MUNICIPALITY: SessionKind.LIVING_LAB,
}


@bp.get("/coaching/new")
@requires(Can.LOG_COACHING)
def new_session() -> ResponseReturnValue:
    """The form that a session is logged with."""
    given = {
        "kind": USUAL_KIND[g.who.role].value,
        "held_on": today().isoformat(),
        "site": request.args.get("site", ""),
        "idempotency_key": uuid4().hex,
    }
    return ask(given, {})


@bp.post("/coaching")
@requires(Can.LOG_COACHING)
@once
def add_session() -> ResponseReturnValue:
    """Log a session of one's own organisation."""
    try:
        values = read(SessionLogSchema())
    except Refused as refused:
        return again(refused)
    host = values.pop("host") or g.who.organisation
    if host.id != g.who.organisation_id or not may_log(g.who, values["site"]):
        refuse()
    values.pop("version")
    session = log_session(values, g.who)
    db.session.flush()
    flash(_("Saved. It was entered once, however often it was sent."), "saved")
    return told(session, new=True)


@bp.get("/coaching/<slug>/edit")
@requires(Can.LOG_COACHING)
def edit_session(slug: str) -> ResponseReturnValue:
    """The form with a session to mend."""
    session = own_session(slug)
    return ask(as_given(session), {}, session)


@bp.post("/coaching/<slug>")
@bp.patch("/coaching/<slug>")
@requires(Can.LOG_COACHING)
def change(slug: str) -> ResponseReturnValue:
    """Mend a session of one's own organisation; what it said before is kept."""
    session = own_session(slug)
    given = as_given(session) | (request.get_json(silent=True) or {}) if for_machine() else None
    try:
        values = read(SessionLogSchema(), given)
    except Refused as refused:
        return again(refused, session)
    if values.pop("host") not in (None, session.host) or not may_log(g.who, values["site"]):
        refuse()
    if values.pop("version") != session.version:
        return conflict(session, given)
    try:
        change_session(session, values, g.who)
        flash(_("Saved. What it said before is kept in its history."), "saved")
        return told(session, new=False)
    except StaleDataError:
        db.session.rollback()
        return conflict(own_session(slug), given)


@bp.post("/coaching/<slug>/actions/<int:place>/done")
@requires(Can.HAVE_ACCOUNT)
def close_action(slug: str, place: int) -> ResponseReturnValue:
    """Tick off a next step: its owner or the session's host may."""
    record: SessionRecord = one_of(COACHING, slug)
    action = next((it for it in record.session.actions if it.position == place), None)
    if action is None:
        raise NotFound(_("There is no such next step. Look for it in the session."))
    if g.who.organisation_id not in (action.owner_id, record.session.host_id):
        refuse()
    if action.done_on is None:
        action.done_on = today()
        flash(_("Done, as of today."))
    return told(record.session, new=False)


def own_session(slug: str) -> CoachingSession:
    """The session that `slug` names. Raises NotFound, and Forbidden for those not its host."""
    record: SessionRecord = one_of(COACHING, slug)
    if not may_edit(g.who, record.session):
        refuse()
    return record.session


def told(session: CoachingSession, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the session or its JSON."""
    record = session_records([session])[0]
    return saved(SessionToldSchema(), record, url_for(".session", slug=session.slug), new=new)


def again(refused: Refused, session: CoachingSession | None = None) -> ResponseReturnValue:
    """The form once more, as it was filled in, with a sentence beside each wrong field."""
    if for_machine():
        raise refused
    kept = {"idempotency_key": request.form.get("idempotency_key", "")}
    return ask(dict(refused.given) | kept, refused.errors, session), 422


def conflict(session: CoachingSession, given: dict[str, Any] | None) -> ResponseReturnValue:
    """Somebody was faster: both versions side by side, and mine ready to be sent again."""
    mine = given if given is not None else sent(SessionLogSchema())
    stored = as_given(session)
    title = _("Somebody changed this session meanwhile. Nothing was overwritten.")
    if for_machine():
        return jsonify(status=409, title=title, yours=mine, stored=stored), 409
    names = [name for name in stored if name != "version" and mine.get(name) != stored[name]]
    return ask(
        mine | {"version": session.version}, {}, session, stored=stored, differing=names
    ), 409


def as_given(session: CoachingSession) -> dict[str, Any]:
    """The session as a form would send it."""
    return {
        name: value for name, value in SessionLogSchema().dump(session).items() if name != "host"
    }


def ask(
    given: dict[str, Any],
    errors: dict[str, Any],
    session: CoachingSession | None = None,
    **page_only: Any,
) -> str:
    """The form, with the sites that one may log for and what those sites planned."""
    sites = [site for site in db.session.scalars(find_sites()) if may_log(g.who, site)]
    site = next((it for it in sites if it.slug == given.get("site")), None)
    record = site_records([site])[0] if site else None
    owners = db.session.scalars(select(Organisation).order_by(Organisation.name_ko)).all()
    return render_template(
        "tracker/session_form.html",
        form=describe(SessionLogSchema()),
        given=given,
        errors=errors,
        session=session,
        all_sites=sites,
        site=record,
        solutions=solutions_to_offer(record),
        owners=owners,
        **page_only,
    )


def solutions_to_offer(record: Any) -> list[Solution]:
    """What the site is known to deploy first, then all others."""
    chosen = [it.solution for it in record.deployments] if record else []
    others = [it for it in db.session.scalars(find_solutions()) if it not in chosen]
    return chosen + others


WRITES = [
    Write("post", "/coaching", SessionLogSchema, SessionToldSchema, "Log a session"),
    Write("patch", "/coaching/{slug}", SessionLogSchema, SessionToldSchema, "Mend a session"),
    Write(
        "post",
        "/coaching/{slug}/actions/{place}/done",
        None,
        SessionToldSchema,
        "Close a next step",
    ),
    Write(
        "post",
        "/deployments/{slug}/quantities",
        QuantityReportSchema,
        QuantitySchema,
        "Report a quantity of one's own site",
    ),
]
