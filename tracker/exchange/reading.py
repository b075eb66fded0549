"""Reading: the rows of a workbook that came back, or everything that is wrong with it, by cell."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from common.locale import LANGUAGES
from common.long_files import refuse_bombs
from common.rows import ImportRefused, plain_cell
from tracker.exchange.imports import ExchangeList
from tracker.exchange.lists import NO, SHEETS, YES, Line, Sheet
from tracker.exchange.workbooks import HIDDEN, MARK, yes_no

MOST_ROWS = 5000
MOST_SEEN = 50_000  # rows that are looked at: an office may write blank ones below the last
MOST_COLUMNS = 50
MOST_TOLD = 100  # wrong cells that are told in words; the rest is counted
UNPACKED = 48 << 20  # bytes that a workbook of so many rows may unpack to
TEXTS = 16 << 20
STEP = 1 << 20
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
LOCKED = "locked"
GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+")
NO_WORKBOOK = _l(
    "This is no XLSX workbook. In Excel or LibreOffice choose “Save as”, “Excel workbook (.xlsx)”."
)
TOO_LARGE = _l(
    "This workbook is too large to be one from here. Copy your values into a new download of the "
    "list, and upload that."
)
SHOWN = 60  # characters of a cell that a sentence quotes


class _WrongCell(Exception):
    """What is wrong with a cell."""


class CellsRefused(Exception):
    """A workbook that was not taken: sentences by the address of the cell; "" is the file."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


class NotYours(Exception):
    """A workbook whose rows are all of other sites."""


@dataclass
class Edited:
    """A row as the file has it."""

    row: int
    line: Line
    marker: str
    said: dict[str, str]
    letters: dict[str, str]  # the column of the file that each is in


@dataclass
class _Wrong:
    told: dict[str, list[str]] = field(default_factory=dict)
    more: int = 0
    foreign: bool = False  # whether a row is of another site

    def tell(self, address: str, sentence: str) -> None:
        if len(self.told) < MOST_TOLD:
            self.told.setdefault(address, []).append(sentence)
        else:
            self.more += 1


def read_workbook(path: Path, who: Any) -> tuple[Sheet, list[Edited]]:
    """Which list the workbook at `path` is of, and its rows. Raises CellsRefused."""
    try:
        _refuse_text(path)
        refuse_bombs(path, UNPACKED, TEXTS)
        return _read(path, who)
    except (CellsRefused, NotYours):
        raise
    except ImportRefused as refused:
        sentence = TOO_LARGE if is_zipfile(path) else NO_WORKBOOK
        raise CellsRefused({"": [str(sentence)]}) from refused
    except Exception as error:  # noqa: BLE001 - openpyxl raises another for each broken file
        sentence = _("The file can't be read (%(why)s).", why=str(error)[:200])
        raise CellsRefused({"": [sentence]}) from None


def _refuse_text(path: Path) -> None:
    """Say what to do with a CSV file, also one in the encoding that Excel uses in Korea."""
    with path.open("rb") as file:
        begin = file.read(4096)
    if begin.startswith(b"PK"):
        return
    if not begin or b"\x00" in begin or begin.startswith(b"\xd0\xcf"):
        raise CellsRefused({"": [str(NO_WORKBOOK)]})
    for code, name in (("utf-8", "UTF-8"), ("cp949", "CP949")):
        try:
            getincrementaldecoder(code)().decode(begin)
        except UnicodeDecodeError:
            continue
        sentence = _(
            "This is a text or CSV file (%(code)s), without the hidden keys and days of cells. "
            "Download the workbook, put the values into it, and upload it as .xlsx.",
            code=name,
        )
        raise CellsRefused({"": [sentence]})


def _read(path: Path, who: Any) -> tuple[Sheet, list[Edited]]:
    book = load_workbook(path, read_only=True, data_only=False)
    try:
        page, sheet = _page_of(book)
        _refuse_merged(path, page)
        page.reset_dimensions()  # its own word for its size may be wrong
        rows = page.iter_rows(max_row=MOST_SEEN + 1, max_col=MOST_COLUMNS)
        wrong = _Wrong()
        columns = _columns(next(rows, ()), sheet, wrong)
        _refuse(wrong)
        edited = list(_rows(rows, sheet, columns, who, wrong))
        if not edited and wrong.foreign:
            raise NotYours
        _refuse(wrong)
        return sheet, edited
    finally:
        book.close()


def _page_of(book: Any) -> tuple[Any, Sheet]:
    """The sheet that is one of ours, whatever it is called now."""
    known = {MARK + name.value: SHEETS[name] for name in ExchangeList}
    for page in book.worksheets:
        first = next(page.iter_rows(max_row=1, max_col=1, values_only=True), ())
        if first and first[0] in known:
            return page, known[first[0]]
    names = ", ".join(page.title for page in book.worksheets)[:200]
    sentence = _(
        "No sheet of this workbook comes from here; it has: %(names)s. The hidden cell A1 of the "
        "sheet that was downloaded says which list it is. Download it again and edit that one.",
        names=names,
    )
    raise CellsRefused({"A1": [sentence]})


def _refuse_merged(path: Path, page: Any) -> None:
    """Merged cells hide what belongs to which column."""
    name = str(page._worksheet_path).lstrip("/")  # noqa: SLF001 - openpyxl does not tell it else
    with ZipFile(path) as packed, packed.open(name) as part:
        tail = b""
        while step := part.read(STEP):
            found = MERGED.search(tail + step)
            if found:
                address = found[1].decode()
                sentence = _("The cells %(cells)s are merged; unmerge them.", cells=address)
                raise CellsRefused({address.partition(":")[0]: [sentence]})
            tail = step[-200:]


def _columns(head: Sequence[Any], sheet: Sheet, wrong: _Wrong) -> dict[str, int]:
    """Where each column stands, by its name in either language."""
    named: dict[str, str] = {}
    for code in LANGUAGES:
        with force_locale(code):
            places = [f"{LOCKED}{it}" for it in range(len(sheet.locked))] + list(sheet.columns)
            named |= dict(zip(sheet.labels, places, strict=True))
    found: dict[str, int] = {}
    for place, cell in enumerate(head):
        text = "" if cell.value is None else str(cell.value).strip()
        if place < HIDDEN or not text:
            continue
        name = named.get(text)
        if name is None:
            sentence = _(
                "“%(name)s” is no column of this list; the columns are: %(names)s.",
                name=text[:SHOWN],
                names=", ".join(sheet.labels),
            )
            wrong.tell(cell.coordinate, sentence)
        elif name in found:
            wrong.tell(cell.coordinate, _("“%(name)s” stands twice; keep one.", name=text[:SHOWN]))
        else:
            found[name] = place
    for text, name in zip(sheet.labels, places, strict=True):
        if name not in found and not wrong.told:
            wrong.tell("", _("The column “%(name)s” is missing; put it back.", name=text))
    return found


def _rows(
    rows: Iterator[Sequence[Any]],
    sheet: Sheet,
    columns: Mapping[str, int],
    who: Any,
    wrong: _Wrong,
) -> Iterator[Edited]:
    lines, seen = sheet.lines(who), dict[str, int]()
    letters = {name: get_column_letter(place + 1) for name, place in columns.items()}
    for row, cells in enumerate(rows, start=2):
        values = [cell.value for cell in cells]
        is_blank = all(value is None or value == "" for value in values)
        if row > MOST_SEEN or (row > MOST_ROWS + 1 and not is_blank):
            raise CellsRefused({f"A{row}": [_too_long()]})
        if is_blank:
            continue
        key, marker = (str(it or "").strip() for it in (*values[:HIDDEN], None, None)[:HIDDEN])
        line = lines.get(key)
        if line is None:
            wrong.foreign = wrong.foreign or bool(key)
            wrong.tell(f"A{row}", _unknown(key))
        elif key in seen:
            sentence = _("This row stands twice; row %(row)s is the first.", row=seen[key])
            wrong.tell(f"A{row}", sentence)
        else:
            seen[key] = row
            said = _said(cells, sheet, columns, line, wrong)
            yield Edited(row, line, marker, said, letters)


def _too_long() -> str:
    sentence = _(
        "The sheet goes on below row %(most)s; a workbook from here is shorter. Delete "
        "the rows below your last one, or download it again.",
        most=MOST_ROWS + 1,
    )
    return str(sentence)


def _unknown(key: str) -> str:
    if not key:
        return str(
            _("This row was added, or lost its hidden key. Edit the rows that were downloaded.")
        )
    sentence = _(
        "“%(key)s” is no row of your own sites; its own people write it. Download the list again.",
        key=key[:SHOWN],
    )
    return str(sentence)


def _said(
    cells: Sequence[Any], sheet: Sheet, columns: Mapping[str, int], line: Line, wrong: _Wrong
) -> dict[str, str]:
    kinds = {name: one["kind"] for name, one in sheet.fields.items()}
    said = {}
    for name, place in columns.items():
        cell = cells[place] if place < len(cells) else None
        try:
            text = _cell(cell, kinds.get(name, ""))
            if name in kinds:
                said[name] = text
            else:
                _same(text, int(name.removeprefix(LOCKED)), line)
        except _WrongCell as error:
            address = cells[0].row if cell is None else cell.row
            wrong.tell(f"{get_column_letter(place + 1)}{address}", str(error))
    return said


def _same(text: str, place: int, line: Line) -> None:
    """Raises _WrongCell where a locked cell says something else, for example after a sort."""
    if text not in {names[place] for names in line.names.values()}:
        sentence = _(
            "“%(value)s” can't be changed here; it was “%(was)s”. Put it back.",
            value=text[:SHOWN],
            was=line.said[place],
        )
        raise _WrongCell(sentence)


def _cell(cell: Any, kind: str) -> str:
    """What a cell says, as text that a form could send. Raises _WrongCell with a sentence."""
    if cell is None or cell.value is None:
        return NO if kind == "checkbox" else ""
    if cell.data_type == "f":
        raise _WrongCell(_("This is a formula; put its value into the cell instead."))
    if cell.data_type == "e":
        raise _WrongCell(_("“%(value)s” is an error; write a value.", value=cell.value))
    return _text(cell.value, kind)


def _text(value: Any, kind: str) -> str:
    if kind == "date":
        return _day(value)
    if kind == "checkbox":
        return _answer(value)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime | date | time):
        if kind in ("integer", "won"):
            raise _WrongCell(_("This is a date and not a number; change the cell's format."))
        return str(plain_cell(value))
    text = str(plain_cell(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    return text.replace(",", "") if kind in ("integer", "won") and GROUPED.fullmatch(text) else text


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        if value.time() != time():
            raise _WrongCell(_("This is a moment; give the day alone."))
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if not str(value).strip():
        return ""
    raise _WrongCell(
        _(
            "“%(value)s” is text or a number and not a date. Format the cell as a date, and write "
            "the day again, for example 2025-03-20.",
            value=str(value)[:SHOWN],
        )
    )


def _answer(value: Any) -> str:
    text = str(value).strip().lower()
    known = {YES: YES, NO: NO, "": NO}
    for code in LANGUAGES:
        with force_locale(code):
            known |= {shown.lower(): answer for answer, shown in yes_no().items()}
    if text not in known:
        raise _WrongCell(_("Choose one of: %(values)s.", values=", ".join(yes_no().values())))
    return known[text]


def _refuse(wrong: _Wrong) -> None:
    if not wrong.told:
        return
    told = dict(wrong.told)
    if wrong.more:
        told[""] = [_("%(count)s more cells are wrong; mend these first.", count=wrong.more)]
    raise CellsRefused(told)
