"""Routes of the calendar: its page, the addresses of feeds, the feeds, and invitations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, g, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from accounts.organisations import Organisation
from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import Precision, today
from common.permissions import Can, requires
from common.receipts import once
from common.resource import one_of
from common.schema import Schema, describe
from common.web import Refused, asked, for_machine, read, reply, saved
from tracker.alerts.alerts import Alert
from tracker.coaching.calendars import (
    CalendarAddress,
    CalendarSchema,
    CalendarToldSchema,
    addresses_of,
    at_address,
    new_address,
)
from tracker.coaching.feeds import feed_of, invitation
from tracker.coaching.log import CoachingSession
from tracker.coaching.months import CalendarFilters, CalendarMonthSchema, Span, calendar_page
from tracker.coaching.planned import PlannedRecord, PlannedSession
from tracker.rollout import find_sites
from tracker.views import COACHING, bp

ICS = "text/calendar; charset=utf-8"


class CalendarListSchema(Schema):
    """All calendar addresses of an account."""

    items = fields.List(fields.Nested(CalendarToldSchema))


@bp.get("/calendar")
@dated
@requires(Can.READ)
def calendar() -> ResponseReturnValue:
    """Sessions held and actions due, by month or week."""
    filters = asked(CalendarFilters())
    page = calendar_page(g.who, **filters)

    def beside() -> dict[str, Any]:
        return {"asked": filters, "today": today(), "spans": list(Span), **things_to_choose()}

    return reply("tracker/coaching/calendar.html", CalendarMonthSchema(), page, beside)


@bp.get("/account/calendar")
@requires(Can.HAVE_ACCOUNT)
def calendar_addresses() -> ResponseReturnValue:
    """The calendar addresses that one made, and the form for a new one."""
    if for_machine():
        items = db.session.scalars(addresses_of(g.who)).all()
        return jsonify(CalendarListSchema().dump({"items": items}))
    return ask({}, {})


@bp.post("/account/calendar")
@requires(Can.HAVE_ACCOUNT)
def add_calendar() -> ResponseReturnValue:
    """Make a calendar address; its secret is told once, in this answer, and kept nowhere."""
    try:
        values = read(CalendarSchema())
    except Refused as refused:
        if for_machine():
            raise
        return ask(refused.given, refused.errors), 422
    address, secret = new_address(g.who, values)
    told = url_for(".calendar_feed", secret=secret, _external=True)
    db.session.commit()
    if for_machine():
        answer = CalendarToldSchema().dump(address) | {"address": told}
        return jsonify(answer), 201
    return ask({}, {}, made=told), 201


@bp.post("/account/calendar/<key>/revoke")
@requires(Can.HAVE_ACCOUNT)
@once
def revoke_calendar(key: str) -> ResponseReturnValue:
    """Let an address of one's own tell nothing any more."""
    mine = addresses_of(g.who).where(CalendarAddress.key == key)
    address = db.session.scalar(mine) if key.isprintable() else None
    if address is None:
        raise NotFound(_("You have no such calendar address; it may be revoked already."))
    db.session.delete(address)
    flash(_("This calendar address tells nothing any more."))
    return saved(CalendarToldSchema(), address, url_for(".calendar_addresses"), new=False)


@bp.get("/calendar/feeds/<secret>.ics")
@requires(Can.READ)
def calendar_feed(secret: str) -> ResponseReturnValue:
    """The calendar at a secret address, for whoever knows it."""
    address = at_address(secret)
    if address is None:
        raise NotFound(_("There is no calendar at this address; it may have been revoked."))
    return Response(feed_of(address, page_of), content_type=ICS)


@bp.get("/coaching/<slug>/invitation.ics")
@requires(Can.READ)
def session_invitation(slug: str) -> ResponseReturnValue:
    """A session to put into one's calendar."""
    record = one_of(COACHING, slug)
    session = record.session
    if session.held_on is None or session.precision is not Precision.DAY:
        raise NotFound(_("The day of this session is not known, so no calendar can hold it."))
    answer = Response(invitation(session, page_of(session), record.readable), content_type=ICS)
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    return answer


def page_of(it: CoachingSession | PlannedRecord | Alert) -> str:
    """The address of the page of a session, held or planned, or of an alert, for a program."""
    if isinstance(it, Alert):
        return url_for("tracker.alert", slug=it.key, _external=True)
    name = "planned-session" if isinstance(it, PlannedRecord) else "session"
    return url_for(f"tracker.{name}", slug=it.slug, _external=True)


def ask(given: Mapping[str, Any], errors: Mapping[str, Any], made: str | None = None) -> str:
    """The page of one's calendar addresses, with the form as it was sent."""
    return render_template(
        "tracker/coaching/calendar_addresses.html",
        items=db.session.scalars(addresses_of(g.who)).all(),
        form=describe(CalendarSchema()),
        given=given,
        errors=errors,
        made=made,
        **things_to_choose(),
    )


def things_to_choose() -> dict[str, Any]:
    """The sites and hosts that a calendar can be of."""
    held = select(CoachingSession.host_id).union(select(PlannedSession.host_id))
    hosts = select(Organisation).where(Organisation.id.in_(held)).order_by(Organisation.name_ko)
    return {
        "all_sites": db.session.scalars(find_sites()).all(),
        "hosts": db.session.scalars(hosts).all(),
    }


ROUTES = [
    Route("get", "/calendar", None, CalendarMonthSchema, _l("Days"), CalendarFilters),
    Route("get", "/account/calendar", None, CalendarListSchema, _l("One's calendar addresses")),
    Route("get", "/calendar/feeds/{secret}.ics", None, None, _l("A calendar to subscribe to")),
    Route("get", "/coaching/{slug}/invitation.ics", None, None, _l("A session for a calendar")),
    Route("post", "/account/calendar", CalendarSchema, CalendarToldSchema, _l("A new one")),
    Route(
        "post",
        "/account/calendar/{key}/revoke",
        None,
        CalendarToldSchema,
        _l("Revoke a calendar address"),
    ),
]
