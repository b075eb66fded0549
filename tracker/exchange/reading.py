"""Reading: the rows of a workbook that came back, or everything that is wrong with it, by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from common.locale import LANGUAGES
from tracker.exchange.cells import NO_KIND, SHOWN, Kind, WrongCell, kinds_of, said_in
from tracker.exchange.files import CellsRefused, refuse_file, refuse_merged
from tracker.exchange.imports import ExchangeList
from tracker.exchange.lists import SHEETS
from tracker.exchange.sheets import MOST_ROWS, Line, Sheet
from tracker.exchange.workbooks import HIDDEN, MARK

MOST_SEEN = 20_000  # rows that are looked at: an office may write blank ones below the last
MOST_COLUMNS = 50
MOST_TOLD = 100  # wrong cells that are told in words; the rest is counted
LOCKED = "locked"


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
        refuse_file(path)
        return _read(path, who)
    except (CellsRefused, NotYours):
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises another for each broken file
        sentence = _("The file can't be read (%(why)s).", why=str(error)[:200])
        raise CellsRefused({"": [sentence]}) from None


def _read(path: Path, who: Any) -> tuple[Sheet, list[Edited]]:
    with path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        page, sheet = _page_of(book)
        refuse_merged(path, page)
        page.reset_dimensions()  # its own word for its size may be wrong
        wrong = _Wrong()
        head = next(page.iter_rows(max_row=1, max_col=MOST_COLUMNS), ())
        columns = _columns(head, sheet, wrong)
        _refuse(wrong)
        last = max(columns.values()) + 1  # each row is filled up to the last column asked for
        rows = page.iter_rows(min_row=2, max_row=MOST_SEEN + 1, max_col=last)
        edited = list(_rows(rows, sheet, columns, who, wrong))
        if not edited and wrong.foreign:
            raise NotYours
        _refuse(wrong)
        return sheet, edited


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
    kinds = kinds_of(sheet)
    letters = {name: get_column_letter(place + 1) for name, place in columns.items()}
    for row, cells in enumerate(rows, start=2):
        values = [cell.value for cell in cells]
        is_blank = all(value is None or not str(value).strip() for value in values)
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
            said = _said(cells, kinds, columns, line, wrong)
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
    cells: Sequence[Any],
    kinds: Mapping[str, Kind],
    columns: Mapping[str, int],
    line: Line,
    wrong: _Wrong,
) -> dict[str, str]:
    said = {}
    for name, place in columns.items():
        cell = cells[place] if place < len(cells) else None
        try:
            text = said_in(cell, kinds.get(name, NO_KIND))
            if name in kinds:
                said[name] = text
            else:
                _same(text, int(name.removeprefix(LOCKED)), line)
        except WrongCell as error:
            address = cells[0].row if cell is None else cell.row
            wrong.tell(f"{get_column_letter(place + 1)}{address}", str(error))
    return said


def _same(text: str, place: int, line: Line) -> None:
    """Raises WrongCell where a locked cell says something else, for example after a sort."""
    if text not in {names[place] for names in line.names.values()}:
        sentence = _(
            "“%(value)s” can't be changed here; it was “%(was)s”. Put it back.",
            value=text[:SHOWN],
            was=line.said[place],
        )
        raise WrongCell(sentence)


def _refuse(wrong: _Wrong) -> None:
    if not wrong.told:
        return
    told = dict(wrong.told)
    if wrong.more:
        told[""] = [_("%(count)s more cells are wrong; mend these first.", count=wrong.more)]
    raise CellsRefused(told)
