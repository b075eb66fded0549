"""Routes of the timeline of a site: a page, its JSON and its files."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.api import Route
from common.dated import dated
from common.permissions import Can, requires
from common.resource import dates, one_of
from common.rows import FILE_TYPES, write
from common.schema import Schema
from common.web import asked, page_asked, reply
from tracker.timeline.tellers import TELLERS
from tracker.timeline.timeline import EventFilters, EventKind, EventSchema, timeline
from tracker.views import SITES, bp


class TimelineSchema(Schema):
    """A page of the timeline of a site."""

    items = fields.List(fields.Nested(EventSchema))
    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


@bp.get("/sites/<slug>/timeline")
@requires(Can.READ)
@dated
def site_timeline(slug: str) -> ResponseReturnValue:
    """Everything dated that is on record of a site, newest first."""
    filters = asked(EventFilters())
    number, size = page_asked()
    record = one_of(SITES, slug, **dates(filters))
    events = timeline(record.site, TELLERS, **filters)
    told: dict[str, Any] = {
        "items": events[(number - 1) * size : number * size],
        "page": number,
        "pages": -(-len(events) // size),
        "total": len(events),
    }
    return reply(
        "tracker/timeline.html",
        TimelineSchema(),
        told,
        site=record,
        asked=filters,
        kinds=list(EventKind),
        file_types=FILE_TYPES,
    )


@bp.get(f"/sites/<slug>/timeline.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.READ)
@dated
def timeline_file(slug: str, kind: str) -> ResponseReturnValue:
    """The timeline of a site as a file, with the same filters."""
    filters = asked(EventFilters())
    record = one_of(SITES, slug, **dates(filters))
    return write(kind, f"timeline-{slug}", EventSchema(), timeline(record.site, TELLERS, **filters))


ROUTES = [
    Route(
        "get",
        "/sites/{slug}/timeline",
        None,
        TimelineSchema,
        _l("Everything dated that is on record of a site"),
        EventFilters,
    ),
    Route(
        "get",
        "/sites/{slug}/timeline.{kind}",
        None,
        EventSchema,
        _l("The timeline of a site as a file"),
        EventFilters,
    ),
]
