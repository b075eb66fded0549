"""LibreOffice: a workbook opened, edited cell by cell and saved again by LibreOffice itself.

LibreOffice opens it and writes what it understood as flat OpenDocument XML; cells are changed in
that; LibreOffice opens this and saves it as the workbook. So all that it changes on its way is in
the answer, and no window is needed.
"""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from shutil import which
from typing import Any
from xml.dom import minidom

from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import coordinate_from_string

LONGEST = 60  # seconds; it takes about one


def converted(file: Path, kind: str) -> Path:
    """The file as LibreOffice saves it, beside it."""
    office = which("soffice") or which("libreoffice")
    assert office, "install LibreOffice Calc (Debian, Ubuntu: libreoffice-calc-nogui)"
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    out = ["--outdir", str(file.parent)]
    run = [office, profile, "--headless", "--convert-to", kind, *out, str(file)]
    done = subprocess.run(run, timeout=LONGEST, capture_output=True, check=False)  # noqa: S603
    made = file.with_suffix(f".{kind}")
    assert made.exists(), (done.stdout, done.stderr)
    return made


def edited_by_libreoffice(
    file: bytes, cells: dict[str, Any], folder: Path, kind: str = "xlsx"
) -> bytes:
    """The workbook as LibreOffice gives it back, some cells of its first sheet changed."""
    given = folder / "edited.xlsx"
    given.write_bytes(file)
    flat = converted(given, "fods")
    tree = minidom.parse(str(flat))  # noqa: S318 - LibreOffice wrote it a moment ago
    page = tree.getElementsByTagName("table:table")[0]
    for address, value in cells.items():
        _set(_cell(page, address), value)
    flat.write_bytes(tree.toxml(encoding="UTF-8"))
    return converted(flat, kind).read_bytes()


def _cell(page: Any, address: str) -> Any:
    column, row = coordinate_from_string(address)
    line = _at(page, "table:table-row", row, "table:number-rows-repeated")
    number = column_index_from_string(column)
    return _at(line, "table:table-cell", number, "table:number-columns-repeated")


def _at(parent: Any, tag: str, place: int, repeated: str) -> Any:
    """The one at `place`, from 1; alike ones stand as one with their number, and are parted."""
    for one in parent.getElementsByTagName(tag):
        many = int(one.getAttribute(repeated) or 1)
        if place > many:
            place -= many
            continue
        for after, number in ((one, place - 1), (one.nextSibling, many - place)):
            if number:
                other = one.cloneNode(deep=True)
                other.setAttribute(repeated, str(number))
                parent.insertBefore(other, after)
        if many > 1:
            one.removeAttribute(repeated)
        return one
    raise AssertionError("there is no such cell")


def _set(cell: Any, value: Any) -> None:
    for name in [it for it in cell.attributes.keys() if it != "table:style-name"]:  # noqa: SIM118
        if name.partition(":")[0] in ("office", "calcext"):
            cell.removeAttribute(name)
    while cell.firstChild:
        cell.removeChild(cell.firstChild)
    if isinstance(value, date):
        cell.setAttribute("office:value-type", "date")
        cell.setAttribute("office:date-value", value.isoformat())
    elif isinstance(value, int):
        cell.setAttribute("office:value-type", "float")
        cell.setAttribute("office:value", str(value))
    else:
        cell.setAttribute("office:value-type", "string")
        told = cell.ownerDocument.createElement("text:p")
        told.appendChild(cell.ownerDocument.createTextNode(str(value)))
        cell.appendChild(told)
