"""Papers: what is printed or taken away as PDF, HWPX or XLSX, from one description of its content.

Text goes in as text: nothing that somebody wrote is read as markup, or as a formula, in any.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import typst
from flask import Response, current_app
from hwpx import HwpxDocument
from xlsxwriter import Workbook

from common.fonts import folder_of
from common.locale import language
from common.rows import MIME, TEXT_IS_TEXT

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
KRDS_FONTS = "node_modules/krds-uiux/resources/fonts"
Tell = Callable[[float], object]  # told how much of a file is written, from 0 to 1
PAPER_TYPES = ("pdf", "hwpx")
TYPES = {"pdf": "application/pdf", "hwpx": "application/hwp+zip", "xlsx": MIME["xlsx"]}
LONGEST_SHEET_NAME = 31
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
COLUMN_WIDTH = 22


class Figure(str):
    """A figure as the pages write it, with its value and its number format for a spreadsheet."""

    __slots__ = ("form", "value")
    value: float | None
    form: str

    def __new__(cls, text: str, value: float | None = None, form: str = "#,##0") -> Self:
        """The figure `value` that reads `text`."""
        figure = super().__new__(cls, text)
        figure.value, figure.form = value, form
        return figure


@dataclass
class Part:
    """A part of a paper: a title, then pairs, sentences and a table, as far as there are any."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    empty: str = ""  # what stands where there is nothing else
    widths: list[int] = field(default_factory=list)  # of the columns, in parts; all alike if empty

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return not (self.facts or self.text or self.rows)


@dataclass
class Paper:
    """A paper: its title, what stands below it, pairs, parts, and a line at the foot."""

    title: str
    below: str
    parts: list[Part]
    facts: list[tuple[str, str]] = field(default_factory=list)
    foot: str = ""


def taken_away(kind: str, name: str, paper: Paper) -> Response:
    """`paper` as a file of `kind` to download."""
    answer = Response(WRITERS[kind](paper), mimetype=TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def nobody(_share: float) -> None:
    """Where nobody waits to be told how far it is."""


def as_pdf(paper: Paper, _tell: Tell = nobody) -> bytes:
    """`paper` as a tagged PDF of A4 pages, in the fonts of the pages."""
    static = Path(current_app.static_folder or "")
    fonts = folder_of(
        [static / KRDS_FONTS / f"PretendardGOV-{it}.subset.woff" for it in ("Regular", "Bold")],
        Path(current_app.instance_path) / "fonts",
    )
    told = json.dumps(asdict(paper) | {"lang": language()}, ensure_ascii=False)
    made = typst.compile(
        str(Path(current_app.root_path) / "templates" / "paper.typ"),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        sys_inputs={"paper": printable(told)},
    )
    if not isinstance(made, bytes):
        raise TypeError("a paper is one file")
    return made


def as_hwpx(paper: Paper, tell: Tell = nobody) -> bytes:
    """`paper` as a document of Korean office programs."""
    document = HwpxDocument.new()
    document.add_heading(printable(paper.title), level=1)
    _lines(document, paper.below)
    _facts(document, paper.facts)
    for place, part in enumerate(paper.parts):
        tell(place / (2 * len(paper.parts)))  # closing the document takes as long as filling it
        document.add_heading(printable(part.title), level=2)
        _facts(document, part.facts)
        for text in part.text:
            _lines(document, text)
        if part.rows:
            _table(document, [part.head, *part.rows] if part.head else part.rows)
        if part.is_empty:
            _lines(document, part.empty)
    _lines(document, paper.foot)
    made: bytes = document.to_bytes()
    return made


def as_xlsx(paper: Paper, _tell: Tell = nobody) -> bytes:
    """`paper` as a workbook: a sheet for its head, then one for each part; figures are numbers."""
    out = io.BytesIO()
    with Workbook(out, TEXT_IS_TEXT) as book:
        sheet = _Sheet(book, paper.title)
        sheet.line([paper.title], bold=True)
        sheet.lines([[paper.below], *paper.facts, []])
        sheet.lines([[f"{place}. {part.title}"] for place, part in enumerate(paper.parts, 1)])
        sheet.lines([[], [paper.foot]])
        for place, part in enumerate(paper.parts, start=1):
            sheet = _Sheet(book, f"{place}. {part.title}")
            sheet.line([part.title], bold=True)
            sheet.lines([*part.facts, *([text] for text in part.text)])
            if part.rows:
                sheet.line([])
                sheet.line(part.head, bold=True)
                sheet.lines(part.rows)
            if part.is_empty:
                sheet.line([part.empty])
    return out.getvalue()


class _Sheet:
    """A sheet that is written line by line."""

    def __init__(self, book: Any, name: str) -> None:
        clean = NOT_IN_SHEET_NAMES.sub(" ", printable(name)).strip()
        self.sheet = book.add_worksheet(clean[:LONGEST_SHEET_NAME].strip())
        self.sheet.set_column(0, 20, COLUMN_WIDTH)
        self.book, self.place = book, 0
        self.forms: dict[tuple[str, bool], Any] = {}

    def line(self, cells: Sequence[str], *, bold: bool = False) -> None:
        """Write one row."""
        for column, cell in enumerate(cells):
            if isinstance(cell, Figure) and cell.value is not None:
                self.sheet.write_number(self.place, column, cell.value, self._form(cell.form))
            else:
                self.sheet.write_string(
                    self.place, column, printable(cell), self._form("", bold=bold)
                )
        self.place += 1

    def _form(self, number: str, *, bold: bool = False) -> Any:
        """How a cell looks; one for all cells alike."""
        if (number, bold) not in self.forms:
            looks = {"num_format": number, "align": "left"} if number else {"bold": bold}
            self.forms[number, bold] = self.book.add_format(looks)
        return self.forms[number, bold]

    def lines(self, rows: Sequence[Sequence[str]]) -> None:
        """Write one row after the other."""
        for row in rows:
            self.line(row)


WRITERS: dict[str, Callable[..., bytes]] = {"pdf": as_pdf, "hwpx": as_hwpx, "xlsx": as_xlsx}


def _lines(document: HwpxDocument, text: str) -> None:
    for one in printable(text).splitlines():
        document.add_paragraph(one)


def _facts(document: HwpxDocument, facts: Sequence[tuple[str, str]]) -> None:
    if facts:
        _table(document, [list(pair) for pair in facts])


def _table(document: HwpxDocument, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]))
    # By its number a cell is looked for in all of the table, which takes minutes for 300 rows.
    for line, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(line.cells, row, strict=True):
            cell.set_text(printable(text))
    document.add_paragraph("")


def printable(text: str) -> str:
    """`text` without what no document may hold, and without what turns its direction round."""
    clean = UNPRINTABLE.sub("", text)
    return clean.encode("utf-8", "replace").decode("utf-8")
