"""Files of units: the register taken away as CSV, XLSX, JSON or GeoJSON, however long it is.

The rows are read as plain columns and written one after the other to a file on the disk, which
is then sent: memory stays bounded, and a slow reader keeps no transaction open.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

from flask import Response
from sqlalchemy import Select
from xlsxwriter import Workbook

from catalog.guidelines import Guideline
from catalog.solutions import Solution
from common.db import db
from common.facts import When, days_told
from common.rows import MIME, attachment, disarmed
from tracker.deployments import Deployment
from tracker.register.register import UnitToldSchema, sight
from tracker.register.units import InstalledUnit
from tracker.sites import Site

CHUNK = 2000  # rows that are read together
PART = 1 << 16  # bytes that are sent together
COLUMNS = list(UnitToldSchema().fields)
Row = list[Any]


def take_units(
    kind: str, query: Select[Any], as_of: date | None = None, known_on: date | None = None
) -> Response:
    """The units of `query` as a file; `kind` is csv, xlsx, json or geojson."""
    out = TemporaryFile()  # noqa: SIM115 - closed by the answer, however far it is read
    days = days_told({"as_of": as_of, "known_on": known_on})
    rows = unit_rows(query, When.of(as_of, known_on))
    if kind == "geojson":
        write_geojson(out, rows, days)
    else:
        WRITERS[kind](out, rows)
    length = out.tell()
    out.seek(0)
    answer = Response(_parts(out), mimetype=TYPES[kind])
    answer.call_on_close(out.close)
    answer.content_length = length
    answer.headers["Content-Disposition"] = attachment("units", kind, days)
    return answer


def _parts(out: IO[bytes]) -> Iterator[bytes]:
    with out:
        while part := out.read(PART):
            yield part


def unit_rows(query: Select[Any], when: When) -> Iterator[Row]:
    """The units of `query` as the list tells them, in the order of its columns."""
    known = sight(when)
    unit = InstalledUnit
    told: dict[str, Any] = {
        "deployment": Deployment.slug,
        "guideline": Guideline.slug,
        "site": Site.slug,
        "solution": Solution.slug,
        "condition": known.condition,
        "seen_on": known.seen_on,
    }
    columns = [told[name] if name in told else getattr(unit, name) for name in COLUMNS]
    rows = (
        known.joined(query)
        .join(Deployment, Deployment.id == unit.deployment_id)
        .join(Site, Site.id == Deployment.site_id)
        .join(Solution, Solution.id == Deployment.solution_id)
        .outerjoin(Guideline, Guideline.id == unit.guideline_id)
        .with_only_columns(*columns)
        .execution_options(yield_per=CHUNK)
    )
    for row in db.session.execute(rows):
        yield [it.isoformat() if isinstance(it, date) else it for it in row]


def write_csv(out: IO[bytes], rows: Iterable[Row]) -> None:
    """CSV with a byte-order mark, like every other list."""
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([disarmed(cell) for cell in row] for row in rows)
    text.detach()


def write_xlsx(out: IO[bytes], rows: Iterable[Row]) -> None:
    """A workbook of one sheet, written line by line."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with Workbook(out, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for place, row in enumerate(rows, start=1):
            sheet.write_row(place, 0, row)


def write_json(out: IO[bytes], rows: Iterable[Row]) -> None:
    """A list of objects."""
    _write_parts(out, "[", (dict(zip(COLUMNS, row, strict=True)) for row in rows), "]")


def write_geojson(out: IO[bytes], rows: Iterable[Row], days: Mapping[str, str]) -> None:
    """A FeatureCollection of `days`; a unit whose place is unknown has a null geometry."""
    features = (_feature(dict(zip(COLUMNS, row, strict=True))) for row in rows)
    begin = json.dumps({"type": "FeatureCollection", **days}, separators=(",", ":"))
    _write_parts(out, f'{begin[:-1]},"features":[', features, "]}")


def _feature(told: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": place_of(told), "properties": told}


def place_of(told: Any) -> dict[str, Any] | None:
    """The point where a unit stands, None where it is unknown; of a record or of its row."""
    lat, lon = (told["lat"], told["lon"]) if isinstance(told, dict) else (told.lat, told.lon)
    return None if lat is None else {"type": "Point", "coordinates": [lon, lat]}


def _write_parts(out: IO[bytes], begin: str, parts: Iterable[Any], end: str) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="")
    text.write(begin)
    for place, part in enumerate(parts):
        text.write(",\n" if place else "\n")
        text.write(json.dumps(part, ensure_ascii=False))
    text.write(f"\n{end}\n")
    text.detach()


WRITERS: dict[str, Callable[[IO[bytes], Iterable[Row]], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
}
TYPES = MIME | {"json": "application/json", "geojson": "application/geo+json"}
