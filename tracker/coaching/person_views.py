"""Routes of persons: who took part in sessions, by name, and who looked."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from common.api import Route
from common.dated import DATES, dated
from common.db import db
from common.facts import days_told, today
from common.permissions import Can, requires
from common.rows import FILE_TYPES, write
from common.web import asked, page_asked, reply
from tracker.coaching.persons import (
    PersonFilters,
    PersonReadSchema,
    PersonToldSchema,
    find_persons,
    find_reads,
    note_read,
)
from tracker.coaching.readers import reads_all
from tracker.views import bp


@bp.get("/persons")
@dated
@requires(Can.READ_PERSONS)
def persons() -> ResponseReturnValue:
    """Persons of the sessions of one's own organisation; the ministry's are all."""
    filters = asked(PersonFilters())
    page = paged(find_persons(g.who, **filters))
    note_read(g.who, request.path, len(page.items))
    beside = {"asked": filters, "file_types": FILE_TYPES, "sees_reads": reads_all(g.who)}
    beside |= {"today": today()}
    return reply("tracker/coaching/persons.html", PersonToldSchema(), page, lambda: beside)


@bp.get(f"/persons.<any({','.join(FILE_TYPES)}):kind>")
@dated
@requires(Can.READ_PERSONS)
def persons_file(kind: str) -> ResponseReturnValue:
    """The same list as a file, with the same filters."""
    filters = asked(PersonFilters())
    found = db.session.scalars(find_persons(g.who, **filters)).all()
    note_read(g.who, request.path, len(found))
    days = days_told({name: filters[name] for name in DATES})
    return write(kind, "persons", PersonToldSchema(), found, days)


@bp.get("/persons/reads")
@requires(Can.READ_PERSON_LOG)
def person_reads() -> ResponseReturnValue:
    """Every time that somebody saw names: who, when, on which page."""
    return reply("tracker/coaching/person_reads.html", PersonReadSchema(), paged(find_reads()))


def paged(query: Select[Any]) -> Any:
    """The page of `query` that the address asks for."""
    number, size = page_asked()
    return db.paginate(query, page=number, per_page=size, max_per_page=None, error_out=False)


ROUTES = [
    Route(
        "get",
        "/persons",
        None,
        PersonToldSchema,
        _l("Persons of sessions one may read; each look is put on record"),
        PersonFilters,
        listed=True,
    ),
    Route("get", "/persons.{kind}", None, None, _l("Persons of sessions"), PersonFilters),
    Route("get", "/persons/reads", None, PersonReadSchema, _l("Who looked at names, and when")),
]
