"""Routes of one guideline: its checklist as a workbook to fill in."""

from __future__ import annotations

from flask import Response
from flask_babel import lazy_gettext as _l

from catalog.guidance.sheets import checklist_file
from catalog.views import GUIDELINES, bp
from common.api import Route
from common.permissions import Can, requires
from common.resource import one_of
from common.rows import MIME


@bp.get("/guidelines/<slug>/checklist.xlsx")
@requires(Can.READ)
def guideline_sheet(slug: str) -> Response:
    """The items of a guideline, with a drop-down for the answer to each."""
    guideline = one_of(GUIDELINES, slug)
    answer = Response(checklist_file(guideline), mimetype=MIME["xlsx"])
    name = f"{guideline.slug}-checklist.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


ROUTES = [
    Route("get", "/guidelines/{slug}/checklist.xlsx", None, None, _l("A checklist to fill in")),
]
