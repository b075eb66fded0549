"""Routes of the minutes of a session: a page to print, PDF and HWPX."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from common.api import Route
from common.papers import PAPER_TYPES, taken_away
from common.permissions import Can, refuse, requires
from common.resource import one_of
from common.web import for_machine
from tracker.coaching.log import CoachingSession
from tracker.coaching.minutes import minutes
from tracker.coaching.persons import note_read
from tracker.views import COACHING, bp


@bp.get("/coaching/<slug>/minutes")
@requires(Can.HAVE_ACCOUNT)
def session_minutes(slug: str) -> ResponseReturnValue:
    """The minutes of a session to print, for those who may read its text."""
    session = readable_session(slug)
    if for_machine():
        raise NotFound(_("Minutes are papers: take minutes.pdf or minutes.hwpx."))
    paper = minutes(session)
    note_read(g.who, request.path, len(session.persons))
    address = [(it.upper(), url_for(".minutes_file", slug=slug, kind=it)) for it in PAPER_TYPES]
    return render_template(
        "tracker/coaching/minutes.html", paper=paper, session=session, files=address
    )


@bp.get(f"/coaching/<slug>/minutes.<any({','.join(PAPER_TYPES)}):kind>")
@requires(Can.HAVE_ACCOUNT)
def minutes_file(slug: str, kind: str) -> ResponseReturnValue:
    """The minutes of a session as PDF or HWPX, for those who may read its text."""
    session = readable_session(slug)
    answer = taken_away(kind, f"minutes-{slug}", minutes(session))
    note_read(g.who, request.path, len(session.persons))
    return answer


def readable_session(slug: str) -> CoachingSession:
    """The session that `slug` names. Raises NotFound, and Forbidden for who may not read it."""
    record = one_of(COACHING, slug)
    if not record.readable:
        refuse()
    session: CoachingSession = record.session
    return session


ROUTES = [
    Route("get", "/coaching/{slug}/minutes.{kind}", None, None, _l("Minutes as PDF or HWPX")),
]
