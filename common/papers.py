"""Papers: what is printed or taken away as PDF or HWPX, from one description of its content.

Text goes in as text: nothing that somebody wrote is read as markup in any of the three.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typst
from flask import Response, current_app
from hwpx import HwpxDocument

from common.fonts import folder_of
from common.locale import language

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
KRDS_FONTS = "node_modules/krds-uiux/resources/fonts"
PAPER_TYPES = ("pdf", "hwpx")
TYPES = {"pdf": "application/pdf", "hwpx": "application/hwp+zip"}


@dataclass
class Part:
    """A part of a paper: a title, then pairs, sentences and a table, as far as there are any."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    empty: str = ""  # what stands where there is nothing else

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
    data = as_pdf(paper) if kind == "pdf" else as_hwpx(paper)
    answer = Response(data, mimetype=TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def as_pdf(paper: Paper) -> bytes:
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


def as_hwpx(paper: Paper) -> bytes:
    """`paper` as a document of Korean office programs."""
    document = HwpxDocument.new()
    document.add_heading(printable(paper.title), level=1)
    _lines(document, paper.below)
    _facts(document, paper.facts)
    for part in paper.parts:
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


def _lines(document: HwpxDocument, text: str) -> None:
    for one in printable(text).splitlines():
        document.add_paragraph(one)


def _facts(document: HwpxDocument, facts: Sequence[tuple[str, str]]) -> None:
    if facts:
        _table(document, [list(pair) for pair in facts])


def _table(document: HwpxDocument, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            table.set_cell_text(y, x, printable(cell))
    document.add_paragraph("")


def printable(text: str) -> str:
    """`text` without what no document may hold, and without what turns its direction round."""
    clean = UNPRINTABLE.sub("", text)
    return clean.encode("utf-8", "replace").decode("utf-8")
