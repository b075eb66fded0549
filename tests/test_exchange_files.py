"""Workbooks as they may come back: read right, or told what is wrong and where; pure reading."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from accounts.users import User
from common.db import db
from tests.test_exchange import POLE, edited, saved
from tracker.exchange.files import OLE, PASSWORD, CellsRefused
from tracker.exchange.lists import SHEETS
from tracker.exchange.reading import read_workbook
from tracker.exchange.workbooks import workbook

SHEET = "xl/worksheets/sheet1.xml"
STYLES = "xl/styles.xml"
BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbbbbbbbbbbbb">'
    + "".join(f'<!ENTITY {it} "{f"&{chr(ord(it) - 1)};" * 20}">' for it in "cdefghij")
    + "]><a>&j;</a>"
)
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
MOST_MEMORY = 64 << 20  # bytes that reading may take, whatever comes
# G is the quantity, H its day, I whether it is about, J the note; row 4 is what is installed.
WRONG_CELLS = [
    ({"G1": "Count of poles"}, "G1", "no column of this list"),
    ({"K1": "Remark"}, "K1", "no column of this list"),
    ({"H1": "Quantity"}, "H1", "stands twice"),
    ({"A1": "other"}, "A1", "No sheet of this workbook comes from here"),
    ({"G4": "=8+9"}, "G4", "a formula"),
    ({"G4": "='[1]Sheet1'!$A$1"}, "G4", "a formula"),
    ({"G4": "#REF!"}, "G4", "is an error"),
    ({"H4": "2025-03-20"}, "H4", "not a date"),
    ({"H4": datetime(2025, 3, 20, 14, 30)}, "H4", "a moment"),  # noqa: DTZ001 - a cell has no zone
    ({"G4": date(2025, 3, 20)}, "G4", "a date and not a number"),
    ({"I4": "maybe"}, "I4", "Choose one of: Yes / No."),
    ({"E4": "Working"}, "E4", "can't be changed here"),
    ({"A5": f"{POLE}/installed"}, "A5", "stands twice"),
    ({"A4": "boryeong-2023-smart-crosswalk/installed", "G4": 1}, "A4", "no row of your own sites"),
    ({"A99": "", "G99": 5}, "A99", "lost its hidden key"),
]


def packed(parts: dict[str, bytes]) -> bytes:
    """Parts of a file as one."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def changed(file: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook, one of its parts changed."""
    with ZipFile(io.BytesIO(file)) as given:
        parts = {it: given.read(it) for it in given.namelist()}
    return packed(parts | {name: change(parts.get(name, b""))})


def paged(file: bytes, change: Callable) -> bytes:
    """The workbook, its first sheet changed by openpyxl."""
    book = load_workbook(io.BytesIO(file))
    change(book.worksheets[0])
    return saved(book)


def added(rows: bytes) -> Callable[[bytes], bytes]:
    """More rows below the last one, as the file has them."""
    return lambda page: page.replace(b"</sheetData>", rows + b"</sheetData>")


def many(rows: int, cell: str) -> bytes:
    return b"".join(
        f'<row r="{row}"><c r="G{row}"{cell}</row>'.encode() for row in range(22, rows + 22)
    )


def unkeyed(page) -> None:
    """The rows sorted without their hidden keys: what is seen moves, the keys stay."""
    for column in range(3, 11):
        cells = [page.cell(2, column), page.cell(7, column)]
        cells[0].value, cells[1].value = cells[1].value, cells[0].value


WRONG_FILES: list[tuple[Callable[[bytes], bytes], str, str]] = [
    (lambda it: paged(it, lambda page: page.merge_cells("G1:H1")), "G1", "merged"),
    (lambda it: paged(it, lambda page: page.delete_cols(1)), "A1", "Download it again"),
    (lambda it: paged(it, lambda page: page.delete_cols(8)), "", "“Holds for the day” is missing"),
    (lambda it: paged(it, unkeyed), "D2", "can't be changed here"),
    (lambda it: changed(it, SHEET, added(many(200_000, "><v>7</v></c>"))), "A5002", "goes on"),
    (lambda it: changed(it, SHEET, added(many(200_000, ' s="1"/>'))), "A20001", "below row 5001"),
    (
        lambda it: changed(it, SHEET, lambda page: page.replace(b"</sheetData>", FAR)),
        "A20001",
        "goes on below",
    ),
    (lambda it: changed(it, SHEET, lambda _page: BOMB.encode()), "", "can't be read"),
    (lambda it: changed(it, STYLES, lambda _page: BOMB.encode()), "", "can't be read"),
    (lambda it: changed(it, STYLES, lambda part: part + bytes(5 << 20)), "", "too large"),
    (lambda it: changed(it, "xl/media/a.png", lambda _: bytes(60 << 20)), "", "too large"),
    (lambda it: changed(it, "xl/sharedStrings.xml", lambda _: bytes(17 << 20)), "", "too large"),
    (lambda it: changed(it, "xl/vbaProject.bin", lambda _: b"x"), "", "macros"),
    (
        lambda _: packed({"mimetype": b"application/vnd.oasis.opendocument.text"}),
        "",
        "OpenDocument",
    ),
    (lambda _: packed({"word/document.xml": b"<a/>"}), "", "can't be read"),
    (lambda _: OLE + bytes(5000) + PASSWORD, "", "password"),
    (lambda _: OLE + b" an old .xls", "", "no XLSX workbook"),
    (lambda _: "배치,수량\n스마트폴,3\n".encode("cp949"), "", "CP949"),
    (lambda _: "배치,수량\n스마트폴,3\n".encode(), "", "UTF-8"),
    (lambda _: b"", "", "no XLSX workbook"),
    (lambda _: b"PK\x03\x04 broken", "", "no XLSX workbook"),
]


@pytest.fixture
def given(app, tmp_path):
    """The workbook of Sokcho's quantities, and `read(file)`: its rows as they are read."""
    with app.app_context():
        who = db.session.scalars(select(User).where(User.email == "municipality@example.org")).one()
        sheet = next(iter(SHEETS.values()))
        lines = sheet.lines(who)
        path = tmp_path / "a.xlsx"

        def read(file: bytes) -> list:
            path.write_bytes(file)
            return read_workbook(path, who)[1]

        yield workbook(sheet, lines, sheet.newest(lines)), read


def test_a_wrong_workbook_is_told_what_is_wrong_and_where_in_bounded_memory(given):
    file, read = given
    wrong = [(lambda it, cells=cells: edited(it, cells), *told) for cells, *told in WRONG_CELLS]
    for number, (made, address, sentence) in enumerate([*wrong, *WRONG_FILES]):
        bad = made(file)
        tracemalloc.start()
        with pytest.raises(CellsRefused) as refused:
            read(bad)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        told = refused.value.errors
        assert sentence in " ".join(told.get(address, ())), (number, address, told)
        assert most < MOST_MEMORY, (number, most)


def test_what_an_office_changes_by_itself_is_read_right(given):
    file, read = given
    plain = {it.line.subject: it.said for it in read(file)}

    def sorted_with_keys(page) -> None:
        rows = sorted(
            (list(it) for it in page.iter_rows(min_row=2, values_only=True)), reverse=True
        )
        for row, cells in enumerate(rows, start=2):
            for column, value in enumerate(cells, start=1):
                page.cell(row, column).value = value
        page.auto_filter.ref = "A1:J21"
        page.row_dimensions[5].hidden = True
        page.parent.move_sheet(page, 1)

    def in_1904(book: bytes) -> bytes:
        return book.replace(b"<workbookPr ", b'<workbookPr date1904="1" ')

    same = paged(file, sorted_with_keys)
    assert {it.line.subject: it.said for it in read(same)} == plain, "sorted, filtered, moved"
    told = {it.row: it.said for it in read(changed(file, "xl/workbook.xml", in_1904))}
    assert told[4]["on"] == "2029-03-14", "days are counted from 1904: the same number, another day"
    typed = {"G4": "1,018 ", "I4": True, "J4": " 두 줄\r\n표본 ", "H4": datetime(2025, 3, 20)}  # noqa: DTZ001
    assert {it.row: it.said for it in read(edited(file, typed))}[4] == {
        "value": "1018",
        "on": "2025-03-20",
        "approximate": "true",
        "note_ko": "두 줄\n표본",
    }
    inline = b'<row r="22"><c r="A22" t="inlineStr"><is><t> </t></is></c></row>'
    assert len(read(changed(file, SHEET, added(inline)))) == len(plain), "blank rows are none"
