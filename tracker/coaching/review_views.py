"""Routes of a session once it is logged: the site's answer to it, and the files given in it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from common.api import Route
from common.db import db
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import Schema
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching.codes import Review
from tracker.coaching.log import may_read_text
from tracker.coaching.materials import (
    MIMETYPES,
    MOST_FILES,
    Given,
    Material,
    checked,
    drop,
    keep,
)
from tracker.coaching.reviews import ConfirmSchema, SendBackSchema, may_review, review
from tracker.facets import session_page
from tracker.told import SessionRecord, SessionToldSchema, session_records
from tracker.views import COACHING, bp

FILES = "files"
CONFLICT = 409


@bp.post("/coaching/<slug>/confirm")
@requires(Can.ASK_FOR_COACHING)
@once
def confirm_session(slug: str) -> ResponseReturnValue:
    """Confirm a session that was held for one's own site."""
    return answered(slug, Review.CONFIRMED, ConfirmSchema())


@bp.post("/coaching/<slug>/return")
@requires(Can.ASK_FOR_COACHING)
@once
def return_session(slug: str) -> ResponseReturnValue:
    """Return a session that was held for one's own site, with what is to be mended."""
    return answered(slug, Review.RETURNED, SendBackSchema())


def answered(slug: str, what: Review, schema: Schema) -> ResponseReturnValue:
    """Keep the site's answer to what the session said when it was read."""
    record: SessionRecord = one_of(COACHING, slug)
    if not may_review(g.who, record.session):
        refuse()
    try:
        values = read(schema)
    except Refused as refused:
        return again(record, refused.errors, {what.value: dict(sent(schema))})
    if values["version"] != record.session.version:
        sentence = _("The host changed this session meanwhile. Read it again, then answer.")
        if for_machine():
            abort(CONFLICT, sentence)
        return again(record, {"version": [sentence]}, {what.value: dict(sent(schema))}, CONFLICT)
    review(record.session, what, values, g.who)
    flash(
        _("Confirmed. The host sees it.")
        if what is Review.CONFIRMED
        else _("Returned. The host sees what is to be mended.")
    )
    return finish(record)


def again(
    record: SessionRecord, errors: dict[str, Any], given: dict[str, Any], status: int = 422
) -> ResponseReturnValue:
    """The page of the session with what was sent still in its form."""
    if for_machine():
        raise Refused(errors, given)
    page = session_page(record, {}) | {"errors": errors, "given": given}
    if request.form.get("idempotency_key"):
        page["key"] = request.form["idempotency_key"]
    return render_template(
        "tracker/session.html", item=record, it=COACHING, asked={}, **page
    ), status


def finish(record: SessionRecord) -> ResponseReturnValue:
    """Commit, then to the page of the session or its JSON."""
    [told] = session_records([record.session])
    return saved(
        SessionToldSchema(), told, url_for(".session", slug=record.session.slug), new=False
    )


@bp.post("/coaching/<slug>/materials")
@requires(Can.LOG_COACHING)
@once
def add_materials(slug: str) -> ResponseReturnValue:
    """Add files to a session of one's own organisation: multipart, several at once."""
    record: SessionRecord = one_of(COACHING, slug)
    if not record.editable:
        refuse()
    try:
        given = sent_files(len(record.session.materials))
    except ValidationError as error:
        return again(record, {FILES: error.messages}, {})
    kept = keep(record.session, given, g.who)
    flash(_("The files are saved. The site, the host and the ministry can read them."))
    try:
        return finish(record)
    except Exception:
        drop(kept)
        raise


def sent_files(already: int) -> list[Given]:
    """The files that were sent, all of them or none. Raises ValidationError with what to do."""
    files = [it for it in request.files.getlist(FILES) if it.filename]
    if not files:
        raise ValidationError(_("Choose a file first."))
    if already + len(files) > MOST_FILES:
        raise ValidationError(_("A session holds at most %(most)s files.", most=MOST_FILES))
    return [checked(it.filename or "", it.read()) for it in files]


@bp.get("/materials/<slug>")
@requires(Can.HAVE_ACCOUNT)
def material(slug: str) -> Response:
    """A file given in a session, for those who may read the session."""
    query = select(Material).where(Material.slug == slug)
    found = db.session.scalar(query) if slug.isalnum() else None
    if found is None or not found.file.exists():
        raise NotFound
    if not may_read_text(g.who, found.session):
        refuse()
    answer = Response(found.file.read_bytes(), mimetype=MIMETYPES[found.kind])
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    answer.cache_control.private = True
    answer.cache_control.no_store = True
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


ROUTES = [
    Route("get", "/materials/{slug}", None, None, _l("A file that was given in a session")),
    Route(
        "post",
        "/coaching/{slug}/confirm",
        ConfirmSchema,
        SessionToldSchema,
        _l("Confirm a session held for one's own site"),
    ),
    Route(
        "post",
        "/coaching/{slug}/return",
        SendBackSchema,
        SessionToldSchema,
        _l("Return a session held for one's own site"),
    ),
    Route(
        "post",
        "/coaching/{slug}/materials",
        None,
        SessionToldSchema,
        _l("Add files to a session of one's own organisation: multipart"),
    ),
]
