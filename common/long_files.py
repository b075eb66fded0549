"""Long files: CSV, XLSX and GeoJSON read row by row, whatever their length, in bounded memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook

from common.rows import (
    ImportRefused,
    Row,
    csv_rows,
    plain_cell,
    rows_of,
    table_rows,
    unreadable,
)

STEP = 1 << 20  # characters of a GeoJSON file that are read at a time
LONGEST_FEATURE = 4 * STEP
LARGEST_UNPACKED = 512 << 20  # bytes that a workbook may unpack to
LARGEST_TEXTS = 256 << 20  # bytes of its table of texts, the part that is held in memory
MOST_COLUMNS = 200
FEATURES = re.compile(r'"features"\s*:\s*\[')
GAP = re.compile(r"[\s,]*")


def rows_one_by_one(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a .csv, .xlsx, .geojson or .json file with their number in it.

    Raises ImportRefused, with what to do, where the file can't be read as what its name says.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise unreadable(_("Give a .csv, .xlsx or .geojson file."))
    try:
        yield from reader(path)
    except ImportRefused:
        raise
    except UnicodeDecodeError as error:
        sentence = _("The file can't be read (%(why)s). Save it as UTF-8.", why=error.reason)
        raise unreadable(sentence) from None
    except Exception as error:  # noqa: BLE001 - openpyxl raises another for each broken file
        raise unreadable(_("The file can't be read (%(why)s).", why=error)) from None


def about_how_many(path: Path) -> int:
    """How many rows the file has, near enough for a bar that shows progress."""
    if path.suffix.lower() == ".xlsx":
        # A row of a workbook packs to some 60 bytes; its own word for its size may be missing.
        return max(path.stat().st_size // 60, 1)
    mark = b"\n" if path.suffix.lower() == ".csv" else b'"geometry"'
    with path.open("rb") as file:
        return max(sum(part.count(mark) for part in iter(lambda: file.read(STEP), b"")), 1)


def _xlsx(path: Path) -> Iterator[tuple[int, Row]]:
    refuse_bombs(path)
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # its own word for its size may be wrong
        yield from table_rows(_cells(line) for line in sheet.iter_rows(values_only=True))
    finally:
        book.close()


def _cells(line: tuple[Any, ...]) -> list[Any]:
    if len(line) > MOST_COLUMNS:
        raise unreadable(_("A row has more than %(most)s columns.", most=MOST_COLUMNS))
    return [plain_cell(cell) for cell in line]


def refuse_bombs(
    path: Path, unpacked: int = LARGEST_UNPACKED, texts_unpacked: int = LARGEST_TEXTS
) -> None:
    """Raise ImportRefused where the workbook at `path` is none, or unpacks to too many bytes."""
    try:
        with ZipFile(path) as packed:
            parts = packed.infolist()
    except BadZipFile:
        raise unreadable(_("This is no XLSX workbook; save it as one, or as CSV.")) from None
    texts = max((it.file_size for it in parts if "sharedStrings" in it.filename), default=0)
    if sum(it.file_size for it in parts) > unpacked or texts > texts_unpacked:
        raise unreadable(_("This workbook is too large; save it as CSV."))


def _geojson(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open(encoding="utf-8-sig") as file:
        for place, feature in enumerate(_features(file.read), start=1):
            yield place, row_of(feature)


def _features(read: Callable[[int], str]) -> Iterator[Any]:
    """The members of the array `features`, with little more than one of them in memory."""
    decoder, text = json.JSONDecoder(), read(STEP)
    begin = FEATURES.search(text)
    if begin is None:
        raise unreadable(_("Give a GeoJSON FeatureCollection."))
    place = begin.end()
    while True:
        gap = GAP.match(text, place)
        place = gap.end() if gap else place
        if text.startswith("]", place):
            return
        try:
            feature, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            more = read(STEP)
            if not more or len(text) - place > LONGEST_FEATURE:
                raise unreadable(_("The file ends or breaks in the middle of a feature.")) from None
            text, place = text[place:] + more, 0
            continue
        yield feature


def row_of(feature: Any) -> Row:
    """A GeoJSON feature as a row: its properties, with the position of its point."""
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties"), Mapping):
        return {"feature": _short(feature)}
    row = {str(name): "" if it is None else it for name, it in feature["properties"].items()}
    shape = feature.get("geometry")
    if shape is None:
        return row
    point = shape.get("coordinates") if isinstance(shape, Mapping) else None
    if isinstance(point, list) and shape.get("type") == "Point" and len(point) in (2, 3):
        return row | {"lon": point[0], "lat": point[1]}
    return row | {"geometry": _short(shape)}


def _short(value: Any) -> str:
    return "".join(islice(str(value), 60))


READERS: dict[str, Callable[[Path], Iterator[tuple[int, Row]]]] = {
    ".csv": lambda path: iter(csv_rows(path)),
    ".xlsx": _xlsx,
    ".geojson": _geojson,
    ".json": _geojson,
    # YAML is read as a whole: what `flask dump` writes for people to edit is short.
    ".yaml": lambda path: iter(rows_of(path).items()),
}
