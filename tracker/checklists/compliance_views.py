"""Routes of compliance: the list of how items are answered, and its files."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from flask_sqlalchemy.pagination import Pagination

from catalog.guidelines import Level, Stage, find_guidelines
from common.dated import dated
from common.db import db
from common.permissions import Can, requires
from common.resource import Resource
from common.rows import FILE_TYPES, write
from common.web import asked, page_asked, reply
from tracker.checklists.compliance_rows import (
    By,
    ComplianceFilters,
    ComplianceSchema,
    rows_of,
    without_each,
)
from tracker.deployments import Deployment
from tracker.facets import choices
from tracker.views import bp

COMPLIANCE = Resource(
    one="compliance-row",
    many="compliance",
    model=Deployment,
    schema=ComplianceSchema,
    filters=ComplianceFilters,
    alone=False,
)


class RowPages(Pagination):
    """Rows that were worked out, page by page."""

    def _query_items(self) -> list[Any]:
        return list(self._query_args["rows"][self._query_offset :][: self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["rows"])


@bp.get("/compliance")
@requires(Can.READ)
@dated
def compliance() -> ResponseReturnValue:
    """How many items are met as of a date, counted by what is asked for."""
    filters = asked(ComplianceFilters())
    number, size = page_asked()
    rows, total = rows_of(filters)
    page = RowPages(page=number, per_page=size, max_per_page=None, error_out=False, rows=rows)

    def beside() -> dict[str, Any]:
        return choices() | {
            "it": COMPLIANCE,
            "asked": filters,
            "all_guidelines": db.session.scalars(find_guidelines()).all(),
            "total": total,
            "without": {} if rows else without_each(filters),
            "stages": list(Stage),
            "levels": list(Level),
            "ways": list(By),
        }

    return reply("tracker/compliance.html", ComplianceSchema(), page, beside)


@bp.get(f"/compliance.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.READ)
@dated
def compliance_file(kind: str) -> Response:
    """The list of compliance to take away."""
    rows, _total = rows_of(asked(ComplianceFilters()))
    return write(kind, "compliance", ComplianceSchema(), rows)
