"""Routes of the exchange: a workbook to edit, what it would change, accept and undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import uuid4

from flask import Response, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import func, select
from werkzeug.exceptions import Conflict, Forbidden, NotFound, UnprocessableEntity

from common.api import Route
from common.db import db
from common.facts import today
from common.permissions import Can, allowed, refuse, requires
from common.receipts import once
from common.rows import MIME, attachment
from common.schema import Schema
from common.web import Refused, asked, for_machine, page_asked, read, reply, saved
from tracker.exchange.differences import (
    Review,
    Standing,
    WholeImportSchema,
    accept,
    hold,
    kept,
    review,
)
from tracker.exchange.files import CellsRefused
from tracker.exchange.imports import (
    ExchangeCell,
    ExchangeImport,
    ExchangeList,
    ImportSchema,
    ImportState,
    find_imports,
    one_import,
)
from tracker.exchange.lists import SHEETS
from tracker.exchange.reading import NotYours, read_workbook
from tracker.exchange.sheets import MOST_ROWS, Sheet, own_sites
from tracker.exchange.undoing import undo
from tracker.exchange.workbooks import workbook
from tracker.views import bp

LISTS = ",".join(it.value for it in ExchangeList)
LONGEST_NAME = 200


class TakeCellsSchema(Schema):
    """Which cells of an import are accepted, and what was shown when that was decided."""

    cells = fields.List(fields.String(), load_default=list, metadata={"label": _l("Cells")})
    all = fields.Boolean(load_default=False, metadata={"label": _l("All changes")})
    seen = fields.String(load_default=None, allow_none=True)


@bp.get("/exchange")
@requires(Can.REPORT_QUANTITY)
def exchange() -> ResponseReturnValue:
    """Workbooks to edit, the way back, and what came back before."""
    asked(Schema())
    answer: ResponseReturnValue = page()
    return answer


@bp.get(f"/exchange/<any({LISTS}):slug>.xlsx")
@requires(Can.REPORT_QUANTITY)
def exchange_file(slug: str) -> Response:
    """A list as a workbook to edit: only the rows that whoever asks may write."""
    asked(Schema())
    sheet = own_sheet(ExchangeList(slug))
    lines = sheet.lines(g.who)
    if len(lines) > MOST_ROWS:
        sentence = _(
            "This list is longer than the %(most)s rows of a workbook; change it on the page of "
            "each thing, or ask the operator to load a file.",
            most=MOST_ROWS,
        )
        raise UnprocessableEntity(sentence)
    answer = Response(workbook(sheet, lines, sheet.newest(lines)), mimetype=MIME["xlsx"])
    days = {"on": today().isoformat()}
    answer.headers["Content-Disposition"] = attachment(f"edit-{slug}", "xlsx", days)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/exchange")
@requires(Can.REPORT_QUANTITY)
@once
def add_exchange() -> ResponseReturnValue:
    """Take an edited workbook and show what it would change; nothing is changed yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return page_refused({"": [_("Choose the workbook: a file that ends in .xlsx.")]})
    with NamedTemporaryFile(suffix=".xlsx") as copy:
        file.save(copy)
        copy.seek(0)
        named = (name_of(file.filename), file_digest(copy, "sha256").hexdigest())
        try:
            sheet, edited = read_workbook(Path(copy.name), g.who)
            item = kept(own_sheet(sheet.name), edited, g.who, named)
        except CellsRefused as refused:
            return page_refused(refused.errors)
        except NotYours:
            sentence = _("All rows of this workbook are of other sites; their own people send it.")
            raise Forbidden(sentence) from None
    if not item.cells:
        sentence = _("No cell of this workbook was changed. Edit it, save it, and upload it.")
        return page_refused({"": [sentence]})
    db.session.add(item)
    db.session.flush()
    where = url_for(".exchange_import", slug=item.slug)
    return saved(WholeImportSchema(), review(item, g.who), where, new=True)


@bp.get("/exchange/<slug>")
@requires(Can.REPORT_QUANTITY)
def exchange_import(slug: str) -> ResponseReturnValue:
    """One import: each cell as it was downloaded, as it is on record, and as the file says."""
    asked(Schema())
    found = review(named(slug), g.who)
    return reply("tracker/exchange/import.html", WholeImportSchema(), found, lambda: beside(found))


@bp.post("/exchange/<slug>/accept")
@requires(Can.REPORT_QUANTITY)
@once
def accept_import(slug: str) -> ResponseReturnValue:
    """Put all or some cells of an import on record, once however often it is sent."""
    item = locked(slug)
    found = review(item, g.who)
    if item.state is not ImportState.CHECKED:
        return done(found)
    values = read(TakeCellsSchema())
    if values["seen"] and values["seen"] != found.seen:
        return meanwhile(found)
    try:
        accept(found, chosen(found, values), g.who)
    except CellsRefused as refused:
        return again(found, refused.errors)
    flash(_("The cells that you chose are on record now, as new facts of today."))
    return done(found)


@bp.post("/exchange/<slug>/undo")
@requires(Can.REPORT_QUANTITY)
@once
def undo_import(slug: str) -> ResponseReturnValue:
    """Take a whole import back: what stood before it stands again."""
    item = locked(slug)
    found = review(item, g.who)
    if item.state is ImportState.CHECKED:
        return again(found, {"": [_("Nothing of this import was accepted, so nothing is undone.")]})
    if item.state is ImportState.ACCEPTED:
        try:
            undo(item, g.who)
        except CellsRefused as refused:
            return again(found, refused.errors)
        flash(_("The import is undone: what stood before it stands again."))
    return done(found)


def name_of(given: str) -> str:
    """The name of a file in one line, without its folders."""
    name = "".join(letter for letter in Path(given).name if letter.isprintable())
    return name.strip()[:LONGEST_NAME] or "workbook.xlsx"


def own_sheet(name: ExchangeList) -> Sheet:
    """The list, for those who may write it. Raises Forbidden."""
    if not allowed(SHEETS[name].can):
        refuse()
    return SHEETS[name]


def named(slug: str) -> Any:
    """The import that an address names, of one's own organisation. Raises NotFound."""
    item = db.session.scalar(one_import(slug, g.who))
    if item is None:
        raise NotFound(_("Your organisation sent no such workbook. Look at the list of imports."))
    own_sheet(item.kind)
    return item


def locked(slug: str) -> Any:
    """The same, for nobody else to change meanwhile."""
    named(slug)
    item = db.session.scalar(one_import(slug, g.who).with_for_update(of=ExchangeImport))
    db.session.refresh(item)
    hold(SHEETS[item.kind], g.who)
    return item


def chosen(found: Review, values: Mapping[str, Any]) -> set[str]:
    """The addresses of the cells that are accepted. Raises Refused."""
    open_cells = {it.cell.address: it for it in found.cells if it.standing is not Standing.SAME}
    cells = set(values["cells"])
    if values["all"]:
        cells |= {it.cell.address for it in found.having(Standing.CHANGE)}
    unknown = sorted(cells - set(open_cells))
    if unknown:
        sentence = _("%(cells)s: no such change stands open.", cells=", ".join(unknown)[:200])
        raise Refused({"cells": [sentence]}, values)
    if not values["seen"] and any(open_cells[it].standing is Standing.CONFLICT for it in cells):
        sentence = _("Look at the conflicts first, and send back what `seen` said.")
        raise Refused({"seen": [sentence]}, values)
    if not cells:
        raise Refused({"cells": [_("Choose at least one cell.")]}, values)
    return cells


def done(found: Review) -> ResponseReturnValue:
    """Commit, and back to the import."""
    where = url_for(".exchange_import", slug=found.item.slug)
    return saved(WholeImportSchema(), found, where, new=False)


def meanwhile(found: Review) -> ResponseReturnValue:
    """The differences anew, because the record is another one than that which was shown."""
    sentence = _(
        "Somebody changed these rows while you looked. Nothing was saved; look at the cells again."
    )
    if for_machine():
        raise Conflict(sentence)
    return show(found, {"": [sentence]}), 409


def again(found: Review, errors: Mapping[str, Sequence[str]]) -> ResponseReturnValue:
    """The page with a sentence for each wrong cell; nothing was changed."""
    if for_machine():
        raise Refused({name or "file": list(said) for name, said in errors.items()}, {})
    return show(found, errors), 422


def show(found: Review, errors: Mapping[str, Sequence[str]]) -> str:
    """The page of an import."""
    return render_template(
        "tracker/exchange/import.html", item=found, **beside(found) | {"refused": errors}
    )


def beside(found: Review) -> dict[str, Any]:
    """What only the page of an import shows."""
    return {
        "refused": {},
        "idempotency_key": uuid4().hex,
        "changes": found.having(Standing.CHANGE),
        "conflicts": found.having(Standing.CONFLICT),
        "wrong_rows": {int("".join(filter(str.isdigit, it)) or 0) for it in found.errors},
    }


def page(errors: Mapping[str, Sequence[str]] | None = None) -> Any:
    """The page of workbooks and imports."""
    number, size = page_asked()
    imports = db.paginate(find_imports(g.who), page=number, per_page=size, error_out=False)

    def aside() -> dict[str, Any]:
        counts = select(ExchangeCell.import_id, func.count()).where(
            ExchangeCell.taken, ExchangeCell.import_id.in_([it.id for it in imports.items])
        )
        rows = db.session.execute(counts.group_by(ExchangeCell.import_id))
        return {
            "errors": errors or {},
            "taken": {it[0]: it[1] for it in rows},
            "sheets": [it for it in SHEETS.values() if allowed(it.can)],
            "own_sites": list(db.session.scalars(own_sites(g.who)).unique()),
            "most_rows": MOST_ROWS,
            "idempotency_key": uuid4().hex,
        }

    return reply("tracker/exchange/exchange.html", ImportSchema(), imports, aside)


def page_refused(errors: Mapping[str, Sequence[str]]) -> ResponseReturnValue:
    """What is wrong with a workbook, by cell; nothing was kept."""
    if for_machine():
        raise Refused({name or "file": list(said) for name, said in errors.items()}, {})
    return page(errors), 422


ROUTES = [
    Route("get", "/exchange", None, ImportSchema, _l("The workbooks that came back"), listed=True),
    Route(
        "post",
        "/exchange",
        None,
        WholeImportSchema,
        _l("Send an edited workbook (multipart, `file`); answers the differences by cell"),
    ),
    Route("get", "/exchange/{slug}.xlsx", None, None, _l("A list as a workbook to edit")),
    Route("get", "/exchange/{slug}", None, WholeImportSchema, _l("One import with its cells")),
    Route(
        "post",
        "/exchange/{slug}/accept",
        TakeCellsSchema,
        WholeImportSchema,
        _l("Put all or some cells of an import on record"),
    ),
    Route(
        "post",
        "/exchange/{slug}/undo",
        None,
        WholeImportSchema,
        _l("Take a whole import back"),
    ),
]
