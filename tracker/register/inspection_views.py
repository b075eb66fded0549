"""Routes of inspections: logging them at the unit, repairs, and photos."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Response, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from common.api import Route
from common.db import db
from common.facts import today
from common.permissions import Can, refuse, requires
from common.receipts import KeyUsed, once
from common.resource import one_of
from common.schema import Schema
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching.views import only_for_people
from tracker.register.facets import UNITS, inspection_form, may_inspect, unit_page
from tracker.register.inspections import (
    Inspection,
    InspectionReportSchema,
    InspectionSchema,
    RepairSchema,
    log_inspection,
    log_repair,
)
from tracker.register.photos import (
    MOST_PHOTOS,
    Photo,
    Picture,
    drawn_anew,
    drop,
    keep,
    may_see_photos,
)
from tracker.register.register import UnitRecord
from tracker.views import bp

PHOTOS = "photos"
A_WHILE = 3600  # seconds that a browser may keep a photo


class PhotosSchema(Schema):
    """The photos of an inspection."""

    photos = fields.List(fields.String())


@bp.get("/units/<slug>/inspect")
@requires(Can.INSPECT_UNITS)
def inspect_unit(slug: str) -> ResponseReturnValue:
    """The form that an inspection is logged with, on a phone before the unit."""
    record = own_record(slug)
    only_for_people()
    given: dict[str, Any] = {"on": today().isoformat(), "idempotency_key": uuid4().hex}
    wrong = request.args.get("corrects", "")
    if wrong:
        given |= as_told(record, wrong)
    return ask(record, given, {})


@bp.post("/units/<slug>/inspections")
@requires(Can.INSPECT_UNITS)
def add_inspection(slug: str) -> ResponseReturnValue:
    """Log what was found at a unit of one's own site."""
    record = own_record(slug)
    try:
        return log_once(record)
    except KeyUsed:
        if for_machine():
            raise
        fresh = sent(InspectionReportSchema()) | {"idempotency_key": uuid4().hex}
        sentence = _(
            "This form was saved before and says something else now. "
            "Save it again to log one more inspection; "
            "to mend the saved one, correct it at the unit."
        )
        return ask(record, fresh, {"idempotency_key": [sentence]}), 422


@once
def log_once(record: UnitRecord) -> ResponseReturnValue:
    """Log an inspection with its photos."""
    errors: dict[str, Any] = {}
    values: dict[str, Any] = {}
    pictures: list[Picture] = []
    try:
        values = read(InspectionReportSchema.of(record.unit))
    except Refused as refused:
        errors |= refused.errors
    try:
        pictures = sent_pictures()
    except ValidationError as error:
        errors[PHOTOS] = error.messages
    if errors:
        return again(record, errors)
    fact = log_inspection(record.unit, values, g.who)
    flash(_("The inspection is saved. It counts from now on."))
    return told(fact, pictures)


@bp.post("/units/<slug>/repairs")
@requires(Can.INSPECT_UNITS)
@once
def add_repair(slug: str) -> ResponseReturnValue:
    """Log that a unit of one's own site was repaired."""
    record = own_record(slug)
    try:
        values = read(RepairSchema.of(record.unit))
    except Refused as refused:
        if for_machine():
            raise
        kept = {"idempotency_key": request.form.get("idempotency_key", "")}
        page = unit_page(record, {}) | {
            "given": dict(refused.given) | kept,
            "errors": refused.errors,
        }
        return render_template("tracker/unit.html", item=record, it=UNITS, asked={}, **page), 422
    fact = log_repair(record.unit, values, g.who)
    flash(_("The repair is saved: the unit works again."))
    return told(fact, [])


@bp.post("/inspections/<slug>/photos")
@requires(Can.INSPECT_UNITS)
@once
def add_photos(slug: str) -> ResponseReturnValue:
    """Add photos to an inspection of one's own site: as files of a form, or one as the body."""
    fact = fact_by(slug)
    if not may_inspect(fact.unit.site):
        refuse()
    try:
        pictures = sent_pictures(len(fact.photos))
    except ValidationError as error:
        raise Refused({PHOTOS: error.messages}, {}) from None
    if not pictures:
        raise Refused({PHOTOS: [_("Send a photo as JPEG, PNG or WebP.")]}, {})
    kept = keep(fact, pictures, g.who)
    return finish({"photos": [it.slug for it in fact.photos]}, PhotosSchema(), fact, kept)


@bp.get("/photos/<slug>.jpg")
@requires(Can.HAVE_ACCOUNT)
def photo(slug: str) -> Response:
    """A photo, for the site's own people and the ministry."""
    found = db.session.scalar(select(Photo).where(Photo.slug == slug)) if slug.isalnum() else None
    if found is None or not found.file.exists():
        raise NotFound
    if not may_see_photos(g.who, found.inspection.unit.site):
        refuse()
    answer = Response(found.file.read_bytes(), mimetype="image/jpeg")
    answer.cache_control.private = True
    answer.cache_control.max_age = A_WHILE
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def own_record(slug: str) -> UnitRecord:
    """What is known of the unit that `slug` names. Raises NotFound, and Forbidden for others."""
    record: UnitRecord = one_of(UNITS, slug)
    if not may_inspect(record.site):
        refuse()
    return record


def sent_pictures(already: int = 0) -> list[Picture]:
    """The photos that were sent, drawn anew. Raises ValidationError with what to do."""
    files = [it for it in request.files.getlist(PHOTOS) if it.filename]
    given = [it.read() for it in files]
    if not files and request.mimetype.startswith("image/"):
        given = [request.get_data()]
    if already + len(given) > MOST_PHOTOS:
        raise ValidationError(_("Send at most %(most)s photos.", most=MOST_PHOTOS))
    return [drawn_anew(data) for data in given]


def as_told(record: UnitRecord, key: str) -> dict[str, Any]:
    """What an inspection said, to be corrected in the form. Raises NotFound."""
    fact = fact_by(key)
    if fact.unit_id != record.unit.id:
        raise NotFound
    said_before: dict[str, Any] = InspectionReportSchema().dump(fact)
    return said_before | {"corrects": fact.key, "repaired": False, "repair_min": None}


def fact_by(key: str) -> Inspection:
    """The inspection that `key` names. Raises NotFound."""
    query = select(Inspection).where(Inspection.key == key)
    fact = db.session.scalar(query) if key.isprintable() else None
    if fact is None:
        raise NotFound
    return fact


def told(fact: Inspection, pictures: list[Picture]) -> ResponseReturnValue:
    """Commit with the photos, then to the page of the unit or the JSON of the inspection."""
    db.session.flush()
    return finish(fact, InspectionSchema(), fact, keep(fact, pictures, g.who))


def finish(item: Any, schema: Schema, fact: Inspection, photos: list[Photo]) -> ResponseReturnValue:
    """Commit, then to the page of the unit or the JSON; no file stays that was not saved."""
    where = url_for(".unit", slug=fact.unit.slug, _anchor=None if for_machine() else "top")
    try:
        return saved(schema, item, where, new=True)
    except Exception:
        drop(photos)
        raise


def again(record: UnitRecord, errors: dict[str, Any]) -> ResponseReturnValue:
    """The form once more, as it was filled in, with a sentence beside each wrong field."""
    given = sent(InspectionReportSchema())
    if for_machine():
        raise Refused(errors, given)
    kept = {"idempotency_key": request.form.get("idempotency_key", "")}
    return ask(record, given | kept, errors), 422


def ask(record: UnitRecord, given: dict[str, Any], errors: dict[str, Any]) -> str:
    """The inspection form of a unit."""
    return render_template(
        "tracker/inspect.html",
        item=record,
        form=inspection_form(record.unit),
        given=given,
        errors=errors,
        most_photos=MOST_PHOTOS,
        today=today(),
    )


ROUTES = [
    Route("get", "/photos/{slug}.jpg", None, None, _l("A photo of an inspection")),
    Route(
        "post",
        "/units/{slug}/inspections",
        InspectionReportSchema,
        InspectionSchema,
        _l("Log an inspection of a unit of one's own site"),
    ),
    Route(
        "post",
        "/units/{slug}/repairs",
        RepairSchema,
        InspectionSchema,
        _l("Log a repair of a unit of one's own site"),
    ),
    Route(
        "post",
        "/inspections/{slug}/photos",
        None,
        PhotosSchema,
        _l("Add photos to an inspection: multipart files, or one image as the body"),
    ),
]
