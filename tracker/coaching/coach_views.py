"""Routes of the directory of coaches: its list, ranked for a site, its pages and its offices."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Response, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from accounts.organisations import Organisation, OrganisationKind
from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import Resource, dates, without_each
from common.rows import FILE_TYPES, write
from common.schema import describe
from common.web import Refused, asked, for_machine, page_asked, read, reply, saved, sent
from tracker.coaching.codes import MaterialLanguage
from tracker.coaching.directory import (
    CoachFilters,
    CoachRecord,
    CoachSchema,
    WholeCoachSchema,
    coach_records,
    find_coaches,
    need_of,
    rank_for,
)
from tracker.coaching.log import find_sessions
from tracker.coaching.offices import OfficeReportSchema, may_tell, tell_office
from tracker.coaching.requests import may_ask
from tracker.facets import choices
from tracker.rollout import site_records
from tracker.told import session_records
from tracker.views import bp

COACHES = Resource(
    one="coach",
    many="coaches",
    model=Organisation,
    schema=CoachSchema,
    filters=CoachFilters,
    find=find_coaches,
)


class Listed(Pagination):
    """A page of a list that was put in order here and not by the database."""

    def _query_items(self) -> list[Any]:
        rows: list[Any] = self._query_args["rows"]
        return rows[self._query_offset : self._query_offset + self.per_page]

    def _query_count(self) -> int:
        return len(self._query_args["rows"])


def found(filters: dict[str, Any]) -> list[CoachRecord]:
    """The coaches that were asked for; best first where a site is named, by name else."""
    when = When.of(**dates(filters))
    records = coach_records(db.session.scalars(find_coaches(**filters)).all(), when)
    if not filters.get("site"):
        return records
    [site] = site_records([filters["site"]], **dates(filters))
    return rank_for(need_of(site, filters.get("solution")), records)


@bp.get("/coaches")
@requires(Can.READ)
@dated
def coaches() -> ResponseReturnValue:
    """Who can coach: what they know, how they are reached, and how well they fit a site."""
    filters = asked(CoachFilters())
    number, size = page_asked()
    page = Listed(
        page=number, per_page=size, max_per_page=None, error_out=False, rows=found(filters)
    )

    def beside() -> dict[str, Any]:
        return choices() | {
            "it": COACHES,
            "asked": filters,
            "kinds": list(OrganisationKind),
            "languages": list(MaterialLanguage),
            "without": {} if page.total else without_each(find_coaches, filters),
        }

    return reply("tracker/coaching/coaches.html", CoachSchema(), page, beside)


@bp.get(f"/coaches.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.READ)
@dated
def coaches_file(kind: str) -> Response:
    """The coaches that were asked for, as a file."""
    return write(kind, "coaches", CoachSchema(), found(asked(CoachFilters())))


@bp.get("/coaches/<slug>")
@requires(Can.READ)
@dated
def coach(slug: str) -> ResponseReturnValue:
    """What is known of a coach."""
    when = asked(WhenFilters())
    record = coach_by(slug, **when)
    return reply(
        "tracker/coaching/coach.html",
        WholeCoachSchema(),
        record,
        lambda: coach_page(record),
        asked=when,
    )


def coach_by(slug: str, **when: Any) -> CoachRecord:
    """What is known of the coach that `slug` names.

    Raises NotFound for those of whom nothing is known, unless they could tell it themselves.
    """
    query = find_coaches(**when).where(Organisation.slug == slug)
    row = db.session.scalar(query) if slug.isprintable() else None
    if row is None and g.who is not None and g.who.organisation.slug == slug:
        own = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
        row = own if own is not None and may_tell(g.who, own) else None
    if row is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug))
    return coach_records([row], When.of(**when))[0]


def coach_page(record: CoachRecord) -> dict[str, Any]:
    """What only the page shows: sessions, and the office's own form."""
    when = record.when
    sessions = find_sessions(
        host=record.organisation,
        as_of=when.as_of,
        known_on=when.known_on,
    )
    office = record.office
    given: dict[str, Any] = OfficeReportSchema().dump(office) if office else {}
    return {
        "sessions": session_records(
            db.session.scalars(sessions.limit(20)).all(),
            as_of=when.as_of,
            known_on=when.known_on,
        ),
        "may_tell": may_tell(g.who, record.organisation),
        "may_ask": may_ask(g.who),
        "form": describe(OfficeReportSchema()),
        "given": given | {"idempotency_key": uuid4().hex},
        "errors": {},
    }


@bp.post("/coaches/<slug>/office")
@requires(Can.OFFER_COACHING)
@once
def add_office(slug: str) -> ResponseReturnValue:
    """Tell how one's own office is reached and how much it can give."""
    query = select(Organisation).where(Organisation.slug == slug)
    organisation = db.session.scalar(query) if slug.isprintable() else None
    if organisation is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug))
    if not may_tell(g.who, organisation):
        refuse()
    try:
        values = read(OfficeReportSchema())
    except Refused as refused:
        if for_machine():
            raise
        record = coach_by(slug)
        kept = {"idempotency_key": request.form.get("idempotency_key", "")}
        page = coach_page(record) | {
            "given": sent(OfficeReportSchema()) | kept,
            "errors": refused.errors,
        }
        return render_template("tracker/coaching/coach.html", item=record, asked={}, **page), 422
    tell_office(organisation, values, g.who)
    db.session.flush()
    flash(_("Saved. What it said before is kept."))
    record = coach_by(slug)
    return saved(WholeCoachSchema(), record, url_for(".coach", slug=slug), new=True)


ROUTES = [
    Route(
        "get",
        "/coaches",
        None,
        CoachSchema,
        _l("Who can coach, ranked for a site where one is named"),
        CoachFilters,
        listed=True,
    ),
    Route("get", "/coaches.{kind}", None, None, _l("Who can coach"), CoachFilters),
    Route("get", "/coaches/{slug}", None, WholeCoachSchema, _l("What is known of a coach")),
    Route(
        "post",
        "/coaches/{slug}/office",
        OfficeReportSchema,
        WholeCoachSchema,
        _l("Tell of one's own office for coaching"),
    ),
]
