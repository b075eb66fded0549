"""Routes of actions: who has to do what by when, as a list, and doing or dropping one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import Conflict, NotFound

from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import today
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import dates
from common.rows import FILE_TYPES, write
from common.schema import describe
from common.web import Refused, asked, for_machine, page_asked, read, reply, saved
from tracker.coaching.actions import Action, ActionState, DropSchema, Due, patience
from tracker.coaching.promises import (
    ActionFilters,
    ActionToldSchema,
    Whose,
    action_records,
    escalated,
    find_actions,
)
from tracker.coaching.readers import is_known_action, reads_all
from tracker.rollout import find_sites
from tracker.views import bp


@bp.get("/actions")
@requires(Can.HAVE_ACCOUNT)
@dated
def actions() -> ResponseReturnValue:
    """The actions that one may read: those of one's own organisation first, the open ones."""
    return listed({}, {})


def listed(given: Mapping[str, Any], errors: Mapping[str, Any]) -> ResponseReturnValue:
    """The list, with what was sent to drop one of them, by its key."""
    filters = asked(ActionFilters())
    number, size = page_asked()
    query = find_actions(g.who, **filters)
    page = db.paginate(query, page=number, per_page=size, max_per_page=None, error_out=False)
    page.items = action_records(page.items, **dates(filters))

    def beside() -> dict[str, Any]:
        return {
            "asked": filters,
            "given": given,
            "errors": errors,
            "form": describe(DropSchema()),
            "all_sites": db.session.scalars(find_sites()).all(),
            "all_states": list(ActionState),
            "all_dues": list(Due),
            "all_whose": list(Whose),
            "file_types": FILE_TYPES,
            "escalated": escalated() if reads_all(g.who) else None,
            "patience": patience(),
            "today": today(),
        }

    return reply("tracker/coaching/actions.html", ActionToldSchema(), page, beside)


@bp.get(f"/actions.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.HAVE_ACCOUNT)
@dated
def actions_file(kind: str) -> ResponseReturnValue:
    """The list of actions as a file, with the same filters."""
    filters = asked(ActionFilters())
    found = db.session.scalars(find_actions(g.who, **filters)).all()
    return write(kind, "actions", ActionToldSchema(), action_records(found, **dates(filters)))


@bp.post("/actions/<key>/done")
@requires(Can.HAVE_ACCOUNT)
@once
def finish_action(key: str) -> ResponseReturnValue:
    """Tell that a next step is done: its owner or the session's host may."""
    action = own_action(key)
    if action.state is ActionState.OPEN:
        action.session.end(action, g.who, done_on=today())
        flash(_("Done, as of today."))
    return ended(action)


@bp.post("/actions/<key>/drop")
@requires(Can.HAVE_ACCOUNT)
@once
def drop_action(key: str) -> ResponseReturnValue:
    """Give up a next step, with a reason: its owner or the session's host may."""
    action = own_action(key)
    try:
        values = read(DropSchema())
    except Refused as refused:
        if for_machine():
            raise
        answer = make_response(listed({key: refused.given}, {key: refused.errors["reason"]}))
        answer.status_code = 422
        return answer
    if action.state is not ActionState.OPEN:
        raise Conflict(_("This next step is closed already; look at it in its session."))
    action.session.end(action, g.who, dropped_on=today(), drop_reason=values["reason"])
    flash(_("Dropped, as of today; the reason stands beside it."))
    return ended(action)


def own_action(key: str) -> Action:
    """The action that `key` names. Raises NotFound, and Forbidden for who may not end it."""
    query = select(Action).join(Action.session).where(Action.key == key, is_known_action(g.who))
    action = db.session.scalar(query) if key.isprintable() else None
    if action is None:
        raise NotFound(_("There is no such next step. Look for it in the session."))
    if g.who.organisation_id not in (action.owner_id, action.session.host_id):
        refuse()
    return action


def ended(action: Action) -> ResponseReturnValue:
    """Commit, then back to the list or to the JSON of `action`."""
    record = action_records([action])[0]
    back = "" if for_machine() else request.form.get("back", "")
    where = url_for(".session", slug=action.session.slug)
    if back == "list":
        where = url_for(".actions")
    return saved(ActionToldSchema(), record, where, new=False)


ROUTES = [
    Route(
        "get",
        "/actions",
        None,
        ActionToldSchema,
        _l("Actions one may read"),
        ActionFilters,
        listed=True,
    ),
    Route("get", "/actions.{kind}", None, None, _l("Actions one may read"), ActionFilters),
    Route("post", "/actions/{key}/done", None, ActionToldSchema, _l("Close a next step")),
    Route("post", "/actions/{key}/drop", DropSchema, ActionToldSchema, _l("Drop a next step")),
]
