"""Routes that take a spreadsheet of units: first what it would do, then, if asked, doing it."""

from __future__ import annotations

import re
from pathlib import Path
from secrets import token_hex
from time import time
from typing import Any
from uuid import uuid4

from flask import current_app, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.api import Route
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.rows import ImportRefused
from common.schema import Schema, describe
from common.web import Refused, for_machine, saved
from tracker.coaching.views import only_for_people
from tracker.register.facets import may_register
from tracker.register.imports import UnitsRefused, check_file, write
from tracker.register.units import UnitSchema
from tracker.views import SITES, bp

MOST_ROWS = 20_000  # what is checked within one request
KINDS = (".xlsx", ".csv", ".geojson", ".json")
FOLDER = "uploads"
AN_HOUR = 3600
TOKEN = re.compile(r"[0-9a-f]{32}\.(?:xlsx|csv|geojson|json)")


class ChangedCellSchema(Schema):
    """A cell that a file changed, or would change."""

    row = fields.Integer()
    asset_number = fields.String()
    column = fields.String()
    was = fields.String()
    said = fields.String()


class ImportedSchema(Schema):
    """What a file did, or would do; `cells` are the first of `changed_cells`."""

    added = fields.Integer()
    changed = fields.Integer()
    same = fields.Integer()
    cells = fields.List(fields.Nested(ChangedCellSchema))
    changed_cells = fields.Integer()
    checked_only = fields.Boolean()


@bp.get("/sites/<slug>/units/import")
@requires(Can.REGISTER_UNITS)
def import_form(slug: str) -> ResponseReturnValue:
    """The page that takes a spreadsheet of units."""
    record = own_site(slug)
    only_for_people()
    return page(record)


@bp.post("/sites/<slug>/units/import")
@requires(Can.REGISTER_UNITS)
@once
def import_units(slug: str) -> ResponseReturnValue:
    """Check a file of units of one's own site; with `take` also put all its rows on record."""
    record = own_site(slug)
    path = uploaded(record)
    if path is None:
        return again(record, {"file": [_("Choose a file: .xlsx, .csv or .geojson.")]})
    take = request.values.get("take", "") == "true"
    try:
        with check_file(path, record.site, most=MOST_ROWS) as checked:
            if take:
                write(checked, g.who)
    except ImportRefused as refused:
        path.unlink()
        return again(record, {"file": list(refused.sentences())}, refused)
    names = ("added", "changed", "same", "cells", "changed_cells")
    done = {name: getattr(checked, name) for name in names}
    if not take and not for_machine():
        return page(record, checked=done, token=path.name.partition("-")[2])
    path.unlink()
    if take:
        flash(_("All rows of the file are on record now."))
    told = done | {"checked_only": not take}
    return saved(ImportedSchema(), told, url_for(".units", site=slug), new=take)


def own_site(slug: str) -> Any:
    """The site that `slug` names. Raises NotFound, and Forbidden for those it is not theirs."""
    record = one_of(SITES, slug)
    if not may_register(record.site):
        refuse()
    return record


def uploaded(record: Any) -> Path | None:
    """The file that was sent, or the one that was checked before; None where there is neither.

    It waits for an hour under a name that only whoever sent it for this site is told.
    """
    folder = Path(current_app.instance_path) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < time() - AN_HOUR:
            old.unlink(missing_ok=True)
    mine = f"{g.who.id}.{record.site.id}"
    token = request.form.get("token", "")
    if TOKEN.fullmatch(token):
        path = folder / f"{mine}-{token}"
        return path if path.exists() else None
    file = request.files.get("file")
    kind = Path(file.filename or "").suffix.lower() if file else ""
    if file is None or kind not in KINDS:
        return None
    path = folder / f"{mine}-{token_hex(16)}{kind}"
    file.save(path)
    return path


def again(
    record: Any, errors: dict[str, Any], refused: ImportRefused | None = None
) -> ResponseReturnValue:
    """The page with what is wrong with the file; nothing was changed."""
    if for_machine():
        raise Refused(errors, {})
    wrong = refused.wrong if isinstance(refused, UnitsRefused) else 0
    return page(record, errors=errors, wrong=wrong), 422


def page(record: Any, **more: Any) -> str:
    """The page that takes a spreadsheet of units."""
    known: dict[str, Any] = {"errors": {}, "checked": None, "token": None, "wrong": 0}
    return render_template(
        "tracker/unit_import.html",
        item=record,
        form=describe(UnitSchema()),
        idempotency_key=uuid4().hex,
        most_rows=MOST_ROWS,
        **(known | more),
    )


ROUTES = [
    Route(
        "post",
        "/sites/{slug}/units/import",
        None,
        ImportedSchema,
        _l("Check a file of units (multipart, `file`); with `take=true` put them on record"),
    ),
]
