"""Columns: what every column of a published list means, of which type and in which unit it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.locale import language
from common.resource import Resource
from common.schema import Choice, Ref

FILE = Path(__file__).with_name("columns.yaml")
TONGUES = {"_ko": _l("in Korean"), "_en": _l("in English")}
MUST, OF_MUST = "must_", _l("must-items only")
# The first that fits, from the narrow to the wide.
TYPES: tuple[tuple[type[fields.Field[Any]], Any], ...] = (
    (fields.AwareDateTime, _l("moment, ISO 8601 in UTC")),
    (fields.Date, _l("day, ISO 8601")),
    (fields.Integer, _l("whole number")),
    (fields.Float, _l("number")),
    (fields.Boolean, _l("true or false")),
    (fields.List, _l("list")),
    (Ref, _l("short name")),
    (fields.Function, _l("true or false")),
    (fields.Raw, _l("list")),
)
UNITS = {
    "%": "%",
    "KRW": "KRW",
    "min": _l("min"),
    "degrees": _l("degrees"),
    "people": _l("people"),
    "sites": _l("sites"),
    "municipalities": _l("municipalities"),
    "years": _l("years"),
    "of the row": _l("the unit of the row"),
    "share": _l("share from 0 to 1"),
}
BY_NAME = {"_won": "KRW", "_won_per_year": "KRW", "_won_per_site": "KRW", "_min": "min"}
# What a method gives cannot be read from its field.
COUNTED, TOLD = "_qty", {"on": _l("day, ISO 8601")}


class Column(NamedTuple):
    """One column as the page of columns shows it."""

    name: str
    meaning: str
    kind: str
    options: list[str]  # the values that it can have, where they are few
    unit: str


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    known: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return known


def promised() -> dict[str, list[str]]:
    """The names of the columns of each list that stay from version to version."""
    return {name: names.split() for name, names in _file()["lists"].items()}


def columns_of(it: Resource) -> list[Column]:
    """The columns of a list, in the order of its files."""
    return [_column(it.many, name, field) for name, field in it.list_schema().fields.items()]


def _column(many: str, name: str, field: Any) -> Column:
    inner = field.inner if isinstance(field, fields.List) else field
    values = [member.value for member in inner.enum] if isinstance(inner, Choice) else []
    return Column(
        name,
        meaning_of(many, name) or str(field.metadata.get("label") or ""),
        kind_of(name, field),
        values,
        unit_of(many, name),
    )


def meaning_of(many: str, name: str) -> str:
    """What a column means, in the reader's language; empty where nobody wrote it down."""
    for base, tail in _bases(name):
        told = _entry(many, base)
        if told:
            return f"{told[language()]}{tail}"
    return ""


def unit_of(many: str, name: str) -> str:
    """In which unit the numbers of a column are; empty for none."""
    for base, _tail in _bases(name):
        unit = _entry(many, base).get("unit")
        if unit:
            return str(UNITS[unit])
    ends = (unit for end, unit in BY_NAME.items() if name.endswith(end))
    return str(UNITS.get(next(ends, ""), ""))


def kind_of(name: str, field: Any) -> str:
    """Of which type a column is, in words."""
    if name in TOLD:
        return str(TOLD[name])
    if name.endswith(COUNTED):
        return str(_("whole number"))
    if isinstance(field, Choice):
        return str(_("one of"))
    if isinstance(field, fields.Method):
        return str(_("list"))
    return next((str(words) for kind, words in TYPES if isinstance(field, kind)), str(_("text")))


def _entry(many: str, base: str) -> dict[str, str]:
    meanings = _file()["meanings"]
    entry: dict[str, str] = meanings.get(f"{many}.{base}") or meanings.get(base) or {}
    return entry


def _bases(name: str) -> Iterator[tuple[str, str]]:
    """The names under which a column may be explained, and what is to be added to that."""
    yield name, ""
    for end, words in TONGUES.items():
        if name.endswith(end):
            yield name.removesuffix(end), f" ({words})"
    if name.startswith(MUST):
        yield name.removeprefix(MUST), f" ({OF_MUST})"
