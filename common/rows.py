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
from marshmallow import fields
from openpyxl import load_workbook
from xlsxwriter import Workbook

from common.schema import Schema

FILE_TYPES = ("csv", "xlsx", "json")
SEPARATOR = " | "
# A cell that starts with one of these is a formula to a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DISARMED = re.compile(r"'+[=+\-@\t\r]")
# In a workbook a text is never a formula or a link.
TEXT_IS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
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
        raise unreadable(_("Give a .csv, .xlsx or .yaml file."))
    try:
        return reader(path)
    except ImportRefused:
        raise
    except (UnicodeDecodeError, ValueError, KeyError, OSError, yaml.YAMLError, csv.Error) as error:
        sentence = _("The file can't be read (%(why)s). Save it as UTF-8.", why=error)
        raise unreadable(sentence) from None
    except Exception as error:  # noqa: BLE001 - openpyxl raises another for each broken file
        raise unreadable(_("The file can't be read (%(why)s).", why=error)) from None


def flat(schema: Schema, thing: Any) -> Row:
    """`thing` as one row: lists joined, nested things as JSON, values as JSON has them."""
    return {name: _cell(value) for name, value in schema.dump(thing).items()}


def attachment(name: str, kind: str, days: Mapping[str, str] | None = None) -> str:
    """The header that names a file to take away, and the days that it holds for."""
    parts = [name, *(days or {}).values()]
    return f'attachment; filename="{"-".join(parts)}.{kind}"'


def write(
    kind: str,
    name: str,
    schema: Schema,
    things: Sequence[Any],
    days: Mapping[str, str] | None = None,
) -> Response:
    """`things` as a file to take away; `kind` is csv, xlsx or json."""
    if kind == "json":
        answer = jsonify(schema.dump(things, many=True))
    else:
        out = io.BytesIO()
        WRITERS[kind](out, list(schema.fields), (flat(schema, thing) for thing in things))
        answer = Response(out.getvalue(), mimetype=MIME[kind])
    answer.headers["Content-Disposition"] = attachment(name, kind, days)
    return answer


def geojson(
    name: str,
    schema: Schema,
    things: Sequence[Any],
    place: Callable[[Any], Mapping[str, Any] | None],
    days: Mapping[str, str],
) -> Response:
    """`things` as a GeoJSON FeatureCollection; a thing whose place is unknown has a null one.

    The days that they are told as of stand beside them.
    """
    features = [
        {"type": "Feature", "geometry": place(thing), "properties": schema.dump(thing)}
        for thing in things
    ]
    answer = jsonify(type="FeatureCollection", **days, features=features)
    answer.mimetype = "application/geo+json"
    answer.headers["Content-Disposition"] = attachment(name, "geojson", days)
    return answer


def write_csv(out: IO[bytes], columns: list[str], rows: Iterable[Row]) -> None:
    """CSV with a byte-order mark, so that a spreadsheet opens Korean clean."""
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([disarmed(row[column]) for column in columns] for row in rows)
    text.detach()


def write_xlsx(out: IO[bytes], columns: list[str], rows: Iterable[Row]) -> None:
    """A workbook of one sheet in which text is never a formula or a link."""
    with Workbook(out, TEXT_IS_TEXT) as book:
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
    return dict(csv_rows(path))


def csv_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a CSV file by their number in it, one after the other."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.reader(lines, strict=True)
        yield from table_rows([_armed(cell) for cell in line] for line in table)


def _xlsx_rows(path: Path) -> dict[int, Row]:
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        # All of them at once: the workbook stays open for as long as one is still to be read.
        table = list(book.worksheets[0].iter_rows(values_only=True))
    finally:
        book.close()
    return dict(table_rows([plain_cell(cell) for cell in line] for line in table))


def table_rows(lines: Iterator[list[Any]]) -> Iterator[tuple[int, Row]]:
    """Rows by the number that a spreadsheet gives them; blank ones are left out."""
    columns = [str(cell).strip() for cell in next(lines, [])]
    names = [name for name in columns if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise unreadable(_("A column stands twice: %(names)s.", names=", ".join(twice)), 1)
    for place, cells in enumerate(lines, start=2):
        named = columns + [""] * (len(cells) - len(columns))
        if any(cell != "" for name, cell in zip(named, cells, strict=False) if not name):
            raise unreadable(_("A cell stands below no column name; name it or clear it."), place)
        if any(cell != "" for cell in cells):
            yield place, {name: cell for name, cell in zip(named, cells, strict=False) if name}


def _yaml_rows(path: Path) -> dict[int, Row]:
    listed = yaml.load(path.read_text("utf-8"), Loader=_Yaml)  # noqa: S506 - a SafeLoader
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise unreadable(_("Give a list of things, each with named fields."))
    return {place: _plain_row(row) for place, row in enumerate(listed, start=1)}


def _armed(value: str) -> str:
    return value[1:] if DISARMED.match(value) else value


def disarmed(value: Any) -> Any:
    """`value` as a spreadsheet takes it for text and never for a formula."""
    # What looks disarmed already gets one more quote, so that it is the same when it comes back.
    is_formula = isinstance(value, str) and (
        value.startswith(FORMULA_STARTS) or DISARMED.match(value)
    )
    return f"'{value}" if is_formula else value


def plain_cell(value: Any) -> Any:
    """What stands in a cell of a workbook, as a file of text would say it."""
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
    return {str(name): _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        if all(isinstance(part, str) and "|" not in part for part in value):
            joined = SEPARATOR.join(value)
            if not joined.startswith("["):
                return joined
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def split_lists(schema: Schema, row: Row) -> Row:
    """`row` of a table file with its joined cells as lists again."""
    return {name: _split(schema.fields.get(name), value) for name, value in row.items()}


def _split(field: Any, value: Any) -> Any:
    if not isinstance(field, fields.List) or not isinstance(value, str):
        return value
    if not value.strip():
        return []
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [part.strip() for part in value.split(SEPARATOR.strip())]


def unreadable(sentence: str, row: int = 0) -> ImportRefused:
    """The refusal of a whole file, with what to do."""
    return ImportRefused({row: {"file": [sentence]}}, {})


def _flat(messages: Any) -> Iterator[str]:
    if isinstance(messages, Mapping):
        for inner in messages.values():
            yield from _flat(inner)
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _flat(inner)
    else:
        yield str(messages)
