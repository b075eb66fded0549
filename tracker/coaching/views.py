"""Routes that write the coaching log: logging a session, mending it and closing its steps."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import flash, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound

from accounts.organisations import Organisation, OrganisationKind
from catalog.solutions import solutions_to_choose
from common.api import Route
from common.db import db
from common.facts import today
from common.locale import said
from common.permissions import Can, Role, refuse, requires
from common.receipts import KeyUsed, once
from common.resource import one_of
from common.schema import describe
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching.actions import Action, ActionSchema, ActionState
from tracker.coaching.beside import beside_a_form, needs_reason
from tracker.coaching.codes import SessionKind
from tracker.coaching.log import (
    CoachingSession,
    SessionLogSchema,
    as_said,
    find_sessions,
    log_session,
    may_edit,
    may_log,
)
from tracker.coaching.moved import moved_faults
from tracker.coaching.persons import PersonSchema, note_read
from tracker.coaching.planned import PlannedSession, from_plan, hold_faults
from tracker.coaching.revisions import differences
from tracker.facets import named
from tracker.rollout import SiteRecord, find_sites, site_records
from tracker.sites import Site
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
    only_for_people()
    sites = sites_to_offer()
    given = {
        "kind": USUAL_KIND[g.who.role].value,
        "held_on": today().isoformat(),
        "site": sites[0].slug if len(sites) == 1 else request.args.get("site", ""),
        "idempotency_key": uuid4().hex,
    }
    return ask(given | as_planned(request.args.get("planned", "")), {})


def as_planned(slug: str) -> dict[str, Any]:
    """The form filled in from what one's own organisation planned; nothing without a plan."""
    query = select(PlannedSession).where(PlannedSession.slug == slug)
    planned = db.session.scalar(query) if slug and slug.isprintable() else None
    own = planned and planned.host_id == g.who.organisation_id
    return from_plan(planned) if planned and own else {}


@bp.post("/coaching")
@requires(Can.LOG_COACHING)
def add_session() -> ResponseReturnValue:
    """Log a session, or show the form again with what is known of the site chosen in it."""
    if "show" in request.form:
        return ask(as_sent(), {})
    try:
        return log_once()
    except KeyUsed:
        if for_machine():
            raise
        fresh = as_sent() | {"idempotency_key": uuid4().hex}
        sentence = _(
            "This form was saved before and says something else now. "
            "Save it again to log one more session; to mend the saved one, open it in the log."
        )
        return ask(fresh, {"idempotency_key": [sentence]}), 422


@once
def log_once() -> ResponseReturnValue:
    """Log a session of one's own organisation."""
    try:
        values = read(SessionLogSchema())
    except Refused as refused:
        return again(refused)
    host = values.pop("host") or g.who.organisation
    if host.id != g.who.organisation_id or not may_log(g.who, values["site"]):
        refuse()
    values.pop("version")
    wrong, planned = faults_of(values, host), values.pop("planned")
    unfit = hold_faults(planned, values["site"], host) if planned else []
    if unfit:
        wrong["planned"] = unfit
    if wrong:
        return again(Refused(wrong, sent(SessionLogSchema())))
    values = with_persons_shown(values)
    session = log_session(values, g.who)
    if planned:
        planned.hold(session, g.who)
    db.session.flush()
    flash(_("It was entered once, however often it was sent."), "saved")
    return told(session, new=True)


@bp.get("/coaching/<slug>/edit")
@requires(Can.LOG_COACHING)
def edit_session(slug: str) -> ResponseReturnValue:
    """The form with a session to mend."""
    session = own_session(slug)
    only_for_people()
    rows = PersonSchema().dump(session.persons, many=True)
    note_read(g.who, request.path, len(rows))
    return ask(as_given(session) | {"persons": rows}, {}, session)


@bp.post("/coaching/<slug>")
@bp.patch("/coaching/<slug>")
@requires(Can.LOG_COACHING)
@once
def change(slug: str) -> ResponseReturnValue:
    """Mend a session of one's own organisation; what it said before is kept."""
    session = own_session(slug)
    if "show" in request.form:
        return ask(as_sent(), {}, session)
    given = as_said(session) | sent_with_version() if for_machine() else None
    try:
        values = read(SessionLogSchema(), given)
    except Refused as refused:
        return again(refused, session)
    if values.pop("host") not in (None, session.host) or not may_log(g.who, values["site"]):
        refuse()
    if values.pop("version") != session.version:
        return conflict(session, as_said(values))
    wrong = faults_of(values, session.host)
    if values.pop("planned"):
        wrong["planned"] = [_("A session is held from a plan when it is logged, not later.")]
    if wrong:
        return again(Refused(wrong, sent(SessionLogSchema())), session)
    mine = as_said(values)
    try:
        session.change(**with_persons_shown(values), recorded_by=g.who)
        answer = told(session, new=False)
    except StaleDataError:
        db.session.rollback()
        return conflict(own_session(slug), mine)
    flash(_("What it said before is kept in its history."), "saved")
    return answer


@bp.post("/coaching/<slug>/actions/<int:place>/done")
@requires(Can.HAVE_ACCOUNT)
@once
def close_action(slug: str, place: int) -> ResponseReturnValue:
    """Tick off a next step: its owner or the session's host may."""
    record: SessionRecord = one_of(COACHING, slug)
    action = next((it for it in record.session.actions if it.position == place), None)
    if action is None:
        raise NotFound(_("There is no such next step. Look for it in the session."))
    if g.who.organisation_id not in (action.owner_id, record.session.host_id):
        refuse()
    if action.state is ActionState.OPEN:
        record.session.end(action, g.who, done_on=today())
        flash(_("Done, as of today."))
    return told(record.session, new=False)


def only_for_people() -> None:
    """A form is a page: the API has the same through its own POST. Raises NotFound."""
    if for_machine():
        raise NotFound(_("There is no form in the API; send the session with POST or PATCH."))


def sent_with_version() -> dict[str, Any]:
    """The JSON that was sent. Raises Refused where it does not say which version it changes."""
    given = sent(SessionLogSchema())
    if given.get("version") is None:
        raise Refused({"version": [_("Send the version that you read.")]}, given)
    return given


def own_session(slug: str) -> CoachingSession:
    """The session that `slug` names. Raises NotFound, and Forbidden for those not its host."""
    record: SessionRecord = one_of(COACHING, slug)
    if not may_edit(g.who, record.session):
        refuse()
    return record.session


def faults_of(values: dict[str, Any], host: Organisation) -> dict[str, Any]:
    """Sentences for what only the record can tell: no agreement, and links to nothing."""
    wrong = moved_faults(values["moved"], values["site"])
    if needs_reason(values, host) and not values["without_agreement"]:
        wrong["without_agreement"] = [
            _("You have no agreement with this site for this day. Say in a sentence why you met.")
        ]
    return wrong


def told(session: CoachingSession, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the session or its JSON."""
    record = session_records([session])[0]
    return saved(SessionToldSchema(), record, url_for(".session", slug=session.slug), new=new)


def again(refused: Refused, session: CoachingSession | None = None) -> ResponseReturnValue:
    """The form once more, as it was filled in, with a sentence beside each wrong field."""
    if for_machine():
        raise refused
    return ask(as_sent(), refused.errors, session), 422


def conflict(session: CoachingSession, mine: dict[str, Any]) -> ResponseReturnValue:
    """Somebody was faster: both versions side by side, and mine ready to be sent again."""
    stored = as_said(session)
    if for_machine():
        title = _("Somebody changed this session meanwhile. Nothing was overwritten.")
        return jsonify(status=409, title=title, yours=mine, stored=as_given(session)), 409
    differing = differences(stored, mine)
    given = mine | {"version": session.version, "persons": as_sent().get("persons")}
    return ask(given, {}, session, differing=differing, named=named(differing)), 409


def with_persons_shown(values: dict[str, Any]) -> dict[str, Any]:
    """`values` without persons where a form did not show them: they stay as they are."""
    shown = for_machine() or "persons-0-name" in request.form
    return values if shown else {name: it for name, it in values.items() if name != "persons"}


def as_given(session: CoachingSession) -> dict[str, Any]:
    """The session as a form would send it, with the version that it changes."""
    return as_said(session) | {"version": session.version}


def as_sent() -> dict[str, Any]:
    """The form as it was filled in, with the key that makes it count once."""
    key = {"idempotency_key": request.form.get("idempotency_key", "")}
    return sent(SessionLogSchema()) | key


def ask(
    given: dict[str, Any],
    errors: dict[str, Any],
    session: CoachingSession | None = None,
    **page_only: Any,
) -> str:
    """The form, with the sites that one may log for and what is known of the chosen one."""
    sites = sites_to_offer()
    site = next((it for it in sites if it.slug == given.get("site")), None)
    record = site_records([site])[0] if site else None
    return render_template(
        "tracker/session_form.html",
        form=describe(SessionLogSchema()),
        action_form=describe(ActionSchema()),
        person_form=describe(PersonSchema()),
        given=given,
        errors=errors,
        session=session,
        all_sites=sites,
        site=record,
        solutions=db.session.scalars(solutions_to_choose()).all(),
        owners=owners_to_offer(record),
        open_actions=open_actions(site) if site else [],
        today=today(),
        **beside_a_form(record, given, session.host if session else g.who.organisation),
        **page_only,
    )


def sites_to_offer() -> list[Site]:
    """The sites that whoever asks may log a session for, by name."""
    sites = [site for site in db.session.scalars(find_sites()) if may_log(g.who, site)]
    return sorted(sites, key=lambda site: str(said(site, "name")))


def owners_to_offer(record: SiteRecord | None) -> list[Organisation]:
    """Who may owe a next step: the site, one's own organisation and the ministry first."""
    near = [record.municipality.organisation_id] if record else []
    near.append(g.who.organisation_id)
    known = db.session.scalars(select(Organisation).order_by(Organisation.name_ko)).all()

    def distance(it: Organisation) -> int:
        is_far = it.kind is not OrganisationKind.MINISTRY
        return near.index(it.id) if it.id in near else len(near) + is_far

    return sorted(known, key=distance)


def open_actions(site: Site) -> list[Action]:
    """The next steps of `site` that are still open and that whoever asks may read."""
    sessions = session_records(db.session.scalars(find_sessions(site=site)).all())
    return [action for it in sessions for action in it.actions if action.state is ActionState.OPEN]


ROUTES = [
    Route("post", "/coaching", SessionLogSchema, SessionToldSchema, _l("Log a session")),
    Route("patch", "/coaching/{slug}", SessionLogSchema, SessionToldSchema, _l("Mend a session")),
    Route(
        "post",
        "/coaching/{slug}/actions/{place}/done",
        None,
        SessionToldSchema,
        _l("Close a next step"),
    ),
]
