"""Resources: the routes that every noun has, written once; no hooks, no inheritance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from werkzeug.exceptions import NotFound

from common.dated import DATES, dated
from common.db import Model, db
from common.facts import Fact, When, days_told, with_corrected
from common.permissions import Can, requires
from common.rows import FILE_TYPES, Row, RowErrors, geojson, write
from common.schema import Schema
from common.web import Refused, asked, page_asked, reply

Rows = Mapping[int, Row]


def as_they_are(items: Sequence[Any], **_when: Any) -> Sequence[Any]:
    """The items themselves: what is stored is what is told."""
    return items


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of thing: its table, its rules, its query and how its list and page are told.

    `find` makes the one query behind list, page, map, chart and download; `tell` turns its rows
    into what is known of them (as of the dates among the filters) with a fixed number of
    statements. Without `find` a kind has no pages and is known to `flask load` and `dump` only.
    """

    one: str
    many: str
    model: type[Model]
    schema: type[Schema]
    filters: type[Schema] = Schema
    find: Callable[..., Select[Any]] | None = None
    tell: Callable[..., Sequence[Any]] = as_they_are
    told: type[Schema] | None = None  # what lists and downloads hold; the schema itself if None
    whole: type[Schema] | None = None  # what the page of one thing holds; `told` if None
    load: Sequence[Any] = ()  # loader options, so that lists need no statement per row
    load_whole: Sequence[Any] = ()
    extras: Callable[..., Mapping[str, Any]] | None = None  # what only the list's page shows
    page_extras: Callable[..., Mapping[str, Any]] | None = None  # what only one thing's page shows
    as_they_stood: Callable[[When], Sequence[Any]] | None = None  # options for facts it holds
    alone: bool = True  # whether each one has a page of its own
    sorts: Mapping[str, Any] = field(default_factory=dict)
    place: Callable[[Any], Mapping[str, Any] | None] | None = None  # its GeoJSON geometry
    together: Callable[[Mapping[int, Any]], RowErrors] | None = None  # what new ones must keep
    from_sheet: Callable[[Rows], Rows] | None = None  # makes rows of a sheet that people filled in
    bring: Callable[..., tuple[int, int]] | None = None  # how a long file of it is loaded
    take: Callable[..., Response] | None = None  # how a long list of it is taken away

    @property
    def formats(self) -> tuple[str, ...]:
        """The file types that its list can be taken away in."""
        return (*FILE_TYPES, "geojson") if self.place else FILE_TYPES

    def list_schema(self) -> Schema:
        """The schema of one row of its list."""
        return (self.told or self.schema)()


def mount(bp: Blueprint, it: Resource) -> None:
    """Give `bp` the routes to list, take away and show `it`."""
    if it.find is None:
        raise ValueError(f"{it.many} has no query")
    views = _list_views(bp, it, it.find)
    if it.alone:
        views.append(_page_view(bp, it))
    if "as_of" in it.filters().fields:
        for view in views:
            dated(view)


def _list_views(bp: Blueprint, it: Resource, find: Callable[..., Select[Any]]) -> list[Any]:
    @bp.get(f"/{it.many}", endpoint=it.many)
    @requires(Can.READ)
    def index() -> ResponseReturnValue:
        filters = asked(it.filters())
        number, size = page_asked()
        page = db.paginate(
            sorted_as_asked(it, find(**filters)).options(*_options(it, filters)),
            page=number,
            per_page=size,
            max_per_page=None,
            error_out=False,
        )
        page.items = list(it.tell(page.items, **dates(filters)))

        def beside() -> dict[str, Any]:
            extras = dict(it.extras(page.items, filters) if it.extras else {})
            extras["without"] = {} if page.total else without_each(find, filters)
            return extras | {"it": it, "asked": filters}

        return reply(f"{bp.name}/{it.many}.html", it.list_schema(), page, beside)

    @bp.get(f"/{it.many}.<any({','.join(it.formats)}):kind>", endpoint=f"{it.many}_file")
    @requires(Can.READ)
    def take_away(kind: str) -> Response:
        filters = asked(it.filters())
        query = sorted_as_asked(it, find(**filters)).options(*_options(it, filters))
        if it.take:
            return it.take(kind, query, **dates(filters))
        told = it.tell(db.session.scalars(query).all(), **dates(filters))
        days = days_told(dates(filters))
        if kind == "geojson" and it.place:
            return geojson(it.many, it.list_schema(), told, it.place, days)
        return write(kind, it.many, it.list_schema(), told, days)

    return [index, take_away]


def _page_view(bp: Blueprint, it: Resource) -> Any:
    @bp.get(f"/{it.many}/<slug>", endpoint=it.one)
    @requires(Can.READ)
    def show(slug: str) -> ResponseReturnValue:
        when = asked(_dates_of(it.filters()))
        item = one_of(it, slug, **when)
        schema = (it.whole or it.told or it.schema)()

        def beside() -> dict[str, Any]:
            extras = it.page_extras(item, when) if it.page_extras else {}
            return dict(extras) | {"it": it, "asked": when}

        return reply(f"{bp.name}/{it.one}.html", schema, item, beside)

    return show


def one_of(it: Resource, slug: str, **when: Any) -> Any:
    """The thing that `slug` names, as it is told. Raises NotFound with the way on."""
    if not slug.isprintable():  # PostgreSQL would not even compare a zero character
        raise NotFound
    query = select(it.model).where(getattr(it.model, it.model.by) == slug)
    row = db.session.scalar(query.options(*_options(it, when), *it.load_whole))
    if row is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug))
    return it.tell([row], **when)[0]


def _options(it: Resource, filters: Mapping[str, Any]) -> list[Any]:
    stood = it.as_they_stood(When.of(**dates(filters))) if it.as_they_stood else ()
    told = (with_corrected(it.model),) if issubclass(it.model, Fact) else ()
    return [*it.load, *stood, *told]


def without_each(find: Callable[..., Select[Any]], filters: Mapping[str, Any]) -> dict[str, int]:
    """How many there would be without each filter of the address: the ways out of an empty list."""
    found = {}
    for name in filters.keys() & request.args.keys() - set(DATES):
        query = find(**{other: value for other, value in filters.items() if other != name})
        count = select(func.count()).select_from(query.order_by(None).subquery())
        found[name] = db.session.scalar(count) or 0
    return {name: found[name] for name in filters if name in found}


def dates(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The dates among `filters` that facts are read as of."""
    return {name: filters[name] for name in DATES if name in filters}


def _dates_of(filters: Schema) -> Schema:
    return type(filters)(only=[name for name in DATES if name in filters.fields])


def sorted_as_asked(it: Resource, query: Select[Any]) -> Select[Any]:
    """`query` in the order of `?sort=name` or `?sort=-name`; its own order without one."""
    name = request.args.get("sort", "").strip()
    if not name:
        return query
    column = it.sorts.get(name.removeprefix("-"))
    if column is None:
        names = ", ".join(it.sorts) or "-"
        raise Refused({"sort": [_("Sort by one of: %(names)s.", names=names)]}, request.args)
    ordered = column.desc() if name.startswith("-") else column.asc()
    # Databases disagree where an unknown value goes: here it is always last.
    return query.order_by(None).order_by(ordered.nulls_last(), it.model.id)
