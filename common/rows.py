"""Rows: CSV, XLSX, YAML and JSON in and out, through the same schemas as every other door."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import yaml
from flask import Response, jsonify
from flask_babel import gettext as _
from marshmallow import ValidationError, fields
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from xlsxwriter import Workbook

from common.db import Model, db
from common.facts import Fact
from common.schema import Schema, plain

FILE_TYPES = ("csv", "xlsx", "json")
SEPARATOR = " | "
# A cell that starts with one of these is a formula to a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Row = dict[str, Any]
RowErrors = dict[int, dict[str, list[str]]]


class ImportRefused(Exception):
    """A file that was not taken: for each row the columns, what they hold and what to do."""

    def __init__(self, errors: RowErrors, rows: Mapping[int, Row]) -> None:
        super().__init__(errors)
        self.errors = errors
        self.rows = rows

    def sentences(self) -> Iterator[str]:
        """One line per wrong cell: row, column, value and what to do."""
        for row, columns in sorted(self.errors.items()):
            for column, why in columns.items():
                value = self.rows.get(row, {}).get(column, "")
                yield _(
                    "row %(row)s, column %(column)s, value “%(value)s”: %(why)s",
                    row=row,
                    column=column,
                    value=str(value)[:60],
                    why=" ".join(_flat(why)),
                )


class _Yaml(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose only truth values are true and false, so that `on:` is a name."""


_Yaml.yaml_implicit_resolvers = {
    start: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
    for start, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), list("tf"))


def rows_of(path: Path) -> dict[int, Row]:
    """The rows of a .csv, .xlsx, .yaml or .json file by their number in it.

    Raises ImportRefused for a file that can't be read as what its name says.
    """
    readers = {".csv": _csv_rows, ".xlsx": _xlsx_rows, ".yaml": _yaml_rows, ".yml": _yaml_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _unreadable(_("Give a .csv, .xlsx or .yaml file."))
    try:
        return reader(path)
    except (UnicodeDecodeError, ValueError, KeyError, OSError, yaml.YAMLError, csv.Error) as error:
        sentence = _("The file can't be read (%(why)s). Save it as UTF-8.", why=error)
        raise _unreadable(sentence) from None
    except Exception as error:  # noqa: BLE001 - openpyxl raises another for each broken file
        raise _unreadable(_("The file can't be read (%(why)s).", why=error)) from None


def upsert(
    model: type[Model],
    schema: Schema,
    rows: Mapping[int, Row],
    each: Callable[[], object] = lambda: None,
) -> tuple[int, int]:
    """Add what is new and change what is old, by slug; how many of each. Nothing is committed.

    Raises ImportRefused with every wrong cell. A dated fact is never changed: a row that says
    something else under the same key is refused.
    """
    added = changed = 0
    errors: RowErrors = {}
    known = {
        getattr(thing, model.by): thing for thing in db.session.scalars(select(model)).unique()
    }
    seen: set[Any] = set()
    for number, row in rows.items():
        each()
        name = row.get(model.by)
        name = name.strip() if isinstance(name, str) else name
        old = known.get(name)
        try:
            _once(model, name, seen)
            values = schema.load(row)
            if old is None:
                db.session.add(model.made(**values))
                added += 1
            elif _differs(schema, old, values):
                _may_change(old)
                old.change(**values)
                changed += 1
        except ValidationError as error:
            errors[number] = plain(error.messages_dict)
    if errors:
        raise ImportRefused(errors, rows)
    try:
        db.session.flush()
    except IntegrityError as error:
        why = _("This clashes with something that is already there: %(why)s", why=error.orig)
        raise ImportRefused({0: {model.by: [why]}}, rows) from None
    return added, changed


def flat(schema: Schema, thing: Any) -> Row:
    """`thing` as one row: lists joined, nested things as JSON, values as JSON has them."""
    return {name: _cell(value) for name, value in schema.dump(thing).items()}


def write(kind: str, name: str, schema: Schema, things: Sequence[Any]) -> Response:
    """`things` as a file to take away; `kind` is csv, xlsx or json."""
    if kind == "json":
        answer = jsonify(schema.dump(things, many=True))
    else:
        out = io.BytesIO()
        WRITERS[kind](out, list(schema.fields), (flat(schema, thing) for thing in things))
        answer = Response(out.getvalue(), mimetype=MIME[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def geojson(
    name: str,
    schema: Schema,
    things: Sequence[Any],
    place: Callable[[Any], Mapping[str, Any] | None],
) -> Response:
    """`things` as a GeoJSON FeatureCollection; a thing whose place is unknown has a null one."""
    features = [
        {"type": "Feature", "geometry": place(thing), "properties": schema.dump(thing)}
        for thing in things
    ]
    answer = jsonify(type="FeatureCollection", features=features)
    answer.mimetype = "application/geo+json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.geojson"'
    return answer


def write_csv(out: IO[bytes], columns: list[str], rows: Iterable[Row]) -> None:
    """CSV with a byte-order mark, so that a spreadsheet opens Korean clean."""
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_disarmed(row[column]) for column in columns] for row in rows)
    text.detach()


def write_xlsx(out: IO[bytes], columns: list[str], rows: Iterable[Row]) -> None:
    """A workbook of one sheet in which text is never a formula or a link."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(out, options) as book:
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True})
        sheet.write_row(0, 0, columns, head)
        sheet.freeze_panes(1, 0)
        for place, row in enumerate(rows, start=1):
            sheet.write_row(place, 0, [row[column] for column in columns])


def write_yaml(out: IO[bytes], columns: list[str], rows: Iterable[Row]) -> None:
    """A YAML list, one mapping per thing."""
    listed = [{column: row[column] for column in columns} for row in rows]
    out.write(yaml.safe_dump(listed, allow_unicode=True, sort_keys=False, width=1000).encode())


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def _csv_rows(path: Path) -> dict[int, Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        return {place: _armed(row) for place, row in enumerate(reader, start=2)}


def _xlsx_rows(path: Path) -> dict[int, Row]:
    book = load_workbook(path, read_only=True, data_only=True)
    lines = book.worksheets[0].iter_rows(values_only=True)
    columns = [str(cell) for cell in next(lines, ()) if cell is not None]
    rows = {
        place: dict(zip(columns, map(_plain_cell, line), strict=False))
        for place, line in enumerate(lines, start=2)
        if any(cell is not None for cell in line)
    }
    book.close()
    return rows


def _yaml_rows(path: Path) -> dict[int, Row]:
    listed = yaml.load(path.read_text("utf-8"), Loader=_Yaml)  # noqa: S506 - a SafeLoader
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise _unreadable(_("Give a list of things, each with named fields."))
    return {place: _plain_row(row) for place, row in enumerate(listed, start=1)}


def _armed(row: Mapping[str | None, Any]) -> Row:
    if None in row:
        raise _unreadable(_("A row has more cells than there are columns."))
    return {
        str(name): value[1:]
        if value and value[0] == "'" and value[1:2] in FORMULA_STARTS
        else value
        for name, value in row.items()
        if value is not None
    }


def _disarmed(value: Any) -> Any:
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def _plain_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time().isoformat() == "00:00:00"
            else value.isoformat()
        )
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else value


def _plain_row(row: Mapping[Any, Any]) -> Row:
    return {
        str(name): value.isoformat() if isinstance(value, date) else value
        for name, value in row.items()
        if value is not None
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        if any(isinstance(part, dict | list) for part in value):
            return json.dumps(value, ensure_ascii=False)
        return SEPARATOR.join(str(part) for part in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def split_lists(schema: Schema, row: Row) -> Row:
    """`row` of a table file with its joined cells as lists again."""
    return {name: _split(schema.fields.get(name), value) for name, value in row.items()}


def _split(field: Any, value: Any) -> Any:
    if not isinstance(field, fields.List) or not isinstance(value, str):
        return value
    if not value.strip():
        return []
    if isinstance(field.inner, fields.Nested):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [part.strip() for part in value.split(SEPARATOR.strip())]


def _once(model: type[Model], name: Any, seen: set[Any]) -> None:
    if name in seen:
        raise ValidationError({model.by: [_("This stands twice in the file.")]})
    seen.add(name)


def _may_change(thing: Model) -> None:
    if isinstance(thing, Fact):
        sentence = _("Facts are not overwritten; add a row that corrects this one.")
        raise ValidationError({thing.by: [sentence]})


def _differs(schema: Schema, thing: Any, values: Row) -> bool:
    stored, given = schema.dump(thing), schema.dump(values)
    return any(_unordered(stored[name]) != _unordered(given[name]) for name in values)


def _unordered(value: Any) -> Any:
    is_set = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return sorted(value) if is_set else value


def _unreadable(sentence: str) -> ImportRefused:
    return ImportRefused({0: {"file": [sentence]}}, {})


def _flat(messages: Any) -> Iterator[str]:
    if isinstance(messages, Mapping):
        for inner in messages.values():
            yield from _flat(inner)
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _flat(inner)
    else:
        yield str(messages)
