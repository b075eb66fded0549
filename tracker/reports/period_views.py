"""Routes of periods: the months of the record, what each held, closing and opening again."""

from __future__ import annotations

import re
from datetime import date
from uuid import uuid4

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import Conflict, NotFound

from common.api import Route
from common.permissions import Can, requires
from common.receipts import once
from common.rows import FILE_TYPES, write
from common.schema import Schema, describe
from common.web import Refused, asked, for_machine, read, reply, saved
from tracker.reports.periods import (
    ClosingSchema,
    DifferenceSchema,
    Period,
    PeriodsSchema,
    ReasonSchema,
    WholePeriodSchema,
    close,
    period_of,
    periods,
    reopen,
)
from tracker.views import bp

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@bp.get("/periods")
@requires(Can.READ)
def all_periods() -> ResponseReturnValue:
    """Every month of the record that is over: open, or closed and why."""
    asked(Schema())
    return reply("tracker/periods.html", PeriodsSchema(), {"items": periods()})


@bp.get("/periods/<month>")
@requires(Can.READ)
def period(month: str) -> ResponseReturnValue:
    """What a month held when it was closed, and what is told of it since."""
    asked(Schema())
    it = named(month)
    if for_machine():
        return reply("", WholePeriodSchema(), it)
    return page(it, {"idempotency_key": uuid4().hex}, {})


@bp.get(f"/periods/<month>/differences.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.READ)
def differences_file(month: str, kind: str) -> ResponseReturnValue:
    """The figures of a closed month that are others now, as a file."""
    asked(Schema())
    it = named(month)
    return write(kind, f"differences-{it.name}", DifferenceSchema(), it.differences)


@bp.post("/periods/<month>/close")
@requires(Can.CLOSE_PERIOD)
@once
def close_period(month: str) -> ResponseReturnValue:
    """Close a month: what is known of it now stays what it held."""
    it = named(month)
    if it.closing:
        raise Conflict(_("This month is closed already. Open it again first."))
    try:
        values = read(ReasonSchema())
    except Refused as refused:
        return again(it, refused)
    closing = close(it, values["reason"], g.who)
    flash(_("The month is closed. What it held now stays as it is."))
    return saved(ClosingSchema(), closing, url_for(".period", month=it.name), new=True)


@bp.post("/periods/<month>/reopen")
@requires(Can.CLOSE_PERIOD)
@once
def reopen_period(month: str) -> ResponseReturnValue:
    """Open a closed month again."""
    it = named(month)
    if it.closing is None:
        raise Conflict(_("This month is open. There is nothing to open again."))
    try:
        values = read(ReasonSchema())
    except Refused as refused:
        return again(it, refused)
    closing = it.closing
    reopen(closing, values["reason"], g.who)
    flash(_("The month is open again. That it was closed stays on record."))
    return saved(ClosingSchema(), closing, url_for(".period", month=it.name), new=False)


def named(month: str) -> Period:
    """The period that an address names. Raises NotFound with the way on."""
    found = MONTH.fullmatch(month)
    it = period_of(date(int(found[1]), int(found[2]), 1)) if found else None
    if it is None:
        raise NotFound(_("There is no such month on record yet. Choose one that is over."))
    return it


def again(it: Period, refused: Refused) -> ResponseReturnValue:
    """The page once more, with what was written and a sentence beside it."""
    if for_machine():
        raise refused
    key = {"idempotency_key": request.form.get("idempotency_key", "")}
    return page(it, dict(refused.given) | key, refused.errors), 422


def page(it: Period, given: dict[str, object], errors: dict[str, object]) -> str:
    """The page of a period, with the form as it was filled in."""
    return render_template(
        "tracker/period.html",
        item=it,
        form=describe(ReasonSchema()),
        given=given,
        errors=errors,
        kinds=FILE_TYPES,
    )


ROUTES = [
    Route("get", "/periods", None, PeriodsSchema, _l("The months of the record")),
    Route("get", "/periods/{month}", None, WholePeriodSchema, _l("What a month held")),
    Route(
        "get",
        "/periods/{month}/differences.{kind}",
        None,
        DifferenceSchema,
        _l("Figures of a closed month that are others now, as a file"),
    ),
    Route("post", "/periods/{month}/close", ReasonSchema, ClosingSchema, _l("Close a month")),
    Route("post", "/periods/{month}/reopen", ReasonSchema, ClosingSchema, _l("Open it again")),
]
