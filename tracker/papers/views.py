"""Routes of reports: the form and the list, one report's progress, and its file."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Response, flash, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from werkzeug.exceptions import NotFound

from common.api import Route
from common.db import db
from common.locale import language
from common.papers import TYPES
from common.permissions import Can, requires
from common.receipts import once
from common.schema import Ref, Schema, describe
from common.web import Refused, asked, for_machine, page_asked, read, refuse_if, reply, saved
from tracker.papers.orders import (
    UNDER_WAY,
    PaperOrder,
    PaperOrderSchema,
    PaperState,
    PaperToldSchema,
    find_orders,
    ordered,
    too_many,
)
from tracker.papers.queue import is_worked, put
from tracker.reports.months import last_month, month_name
from tracker.rollout import WITH_TOWN, find_sites
from tracker.sites import Site
from tracker.views import bp


class PapersFilters(Schema):
    """The site that the form begins with."""

    site = Ref(Site, load_default=None, metadata={"label": _l("Site")})


class PaperStateSchema(Schema):
    """How far a report is, for the bar of its page."""

    slug = fields.String()
    state = fields.String()
    progress = fields.Integer()


@bp.get("/papers")
@requires(Can.HAVE_ACCOUNT)
def papers() -> ResponseReturnValue:
    """Reports of one's own and of colleagues with the same rights, and the form for a new one."""
    site = asked(PapersFilters())["site"]
    if for_machine():
        return reply("", PaperToldSchema(), page_of_orders())
    usual = {
        "kind": "monthly",
        "file_type": "pdf",
        "language": language(),
        "month": month_name(last_month()),
        "site": site.slug if site else "",
        "idempotency_key": uuid4().hex,
    }
    return shown(usual, {})


@bp.post("/papers")
@requires(Can.HAVE_ACCOUNT)
@once
def add_paper() -> ResponseReturnValue:
    """Ask for a report; it is made in the background."""
    try:
        values = read(PaperOrderSchema())
        refuse_if(too_many(g.who), PaperOrderSchema())
    except Refused as refused:
        if for_machine():
            raise
        key = {"idempotency_key": request.form.get("idempotency_key", "")}
        return shown(dict(refused.given) | key, refused.errors), 422
    order = ordered(g.who, values)
    if not for_machine():
        flash(_("It is being made. You need not wait here: it is kept for you in this list."))
    where = url_for(".paper", slug=order.slug) if for_machine() else url_for(".papers")
    answer = saved(PaperToldSchema(), order, where, new=True, status=202)
    put(order.slug)
    return answer


@bp.get("/papers/<slug>")
@requires(Can.HAVE_ACCOUNT)
def paper(slug: str) -> ResponseReturnValue:
    """One report: how far it is, and its file when it is ready."""
    order = named(slug)

    def beside() -> dict[str, Any]:
        return {"under_way": UNDER_WAY, "is_worked": is_worked()}

    return reply("tracker/papers/paper.html", PaperToldSchema(), order, beside)


@bp.get("/papers/<slug>/progress")
@requires(Can.HAVE_ACCOUNT)
def paper_progress(slug: str) -> Response:
    """How far a report is, for the bar of its page."""
    answer = jsonify(PaperStateSchema().dump(named(slug)))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/papers/<slug>/file")
@requires(Can.HAVE_ACCOUNT)
def paper_file(slug: str) -> Response:
    """The file of a report that is ready."""
    order = named(slug)
    if order.state is not PaperState.DONE:
        raise NotFound(_("This report is not ready yet. Its page says how far it is."))
    try:
        data = order.path.read_bytes()
    except FileNotFoundError:
        raise NotFound(_("The file of this report is kept no longer. Ask for it again.")) from None
    answer = Response(data, mimetype=TYPES[order.file_type])
    answer.headers["Content-Disposition"] = f'attachment; filename="{order.file_name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def named(slug: str) -> PaperOrder:
    """The report that an address names, of those that one may fetch. Raises NotFound."""
    found = db.session.scalar(find_orders(g.who, slug=slug)) if slug.isprintable() else None
    if found is None:
        raise NotFound(_("There is no such report here, or it is not yours to fetch."))
    return found


def page_of_orders() -> Any:
    """One page of the reports that one may fetch."""
    number, size = page_asked()
    return db.paginate(find_orders(g.who), page=number, per_page=size, error_out=False)


def shown(given: dict[str, Any], errors: dict[str, Any]) -> str:
    """The page of reports, with the form as it was filled in."""
    return render_template(
        "tracker/papers/papers.html",
        item=page_of_orders(),
        form=describe(PaperOrderSchema()),
        given=given,
        errors=errors,
        all_sites=db.session.scalars(find_sites(track=None).options(*WITH_TOWN)).all(),
        under_way=UNDER_WAY,
        is_worked=is_worked(),
    )


ROUTES = [
    Route("get", "/papers", None, PaperToldSchema, _l("Your reports"), PapersFilters, listed=True),
    Route("post", "/papers", PaperOrderSchema, PaperToldSchema, _l("Ask for a report"), ok=202),
    Route("get", "/papers/{slug}", None, PaperToldSchema, _l("One report: how far it is")),
    Route("get", "/papers/{slug}/progress", None, PaperStateSchema, _l("How far a report is")),
    Route("get", "/papers/{slug}/file", None, None, _l("The file of a report")),
]
