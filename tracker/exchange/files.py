"""Files: which uploads are no workbook that can be read, and what to do instead."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from common.long_files import refuse_bombs
from common.rows import ImportRefused

UNPACKED = 48 << 20  # bytes that a workbook of so many rows may unpack to
TEXTS = 16 << 20
LARGEST_PART = 4 << 20  # of a part that is read as a whole, such as the styles
MOST_PARTS = 200
READ_BY_ROW = ("xl/worksheets/", "xl/sharedStrings")
OPEN = b"application/vnd.oasis.opendocument"
STEP = 1 << 20
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
NO_WORKBOOK = _l(
    "This is no XLSX workbook. In Excel or LibreOffice choose “Save as”, “Excel workbook (.xlsx)”."
)
TOO_LARGE = _l(
    "This workbook is too large to be one from here. Copy your values into a new download of the "
    "list, and upload that."
)


ODS = _l(
    "This is an OpenDocument file (.ods); only .xlsx is taken. In LibreOffice choose “Save as”, "
    "“Excel 2007-365 (.xlsx)”, and upload that."
)
LOCKED_FILE = _l(
    "This workbook is locked with a password, so nobody can read it here. Save it without a "
    "password, and upload that."
)
MACROS = _l(
    "This workbook holds macros, which are never run here. Choose “Save as”, “Excel workbook "
    "(.xlsx)”, and upload that."
)
OLE = b"\xd0\xcf\x11\xe0"  # begins an old .xls, and any workbook with a password
PASSWORD = "EncryptedPackage".encode("utf-16-le")


class CellsRefused(Exception):
    """A workbook that was not taken: sentences by the address of the cell; "" is the file."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


def refuse_file(path: Path) -> None:
    """Raise CellsRefused for what is no workbook from here, before any of it is read."""
    with path.open("rb") as file:
        begin = file.read(4096)
        is_locked = begin.startswith(OLE) and PASSWORD in begin + file.read()
    if is_locked:
        raise CellsRefused({"": [str(LOCKED_FILE)]})
    if not is_zipfile(path):
        _refuse_text(begin)
        raise CellsRefused({"": [str(NO_WORKBOOK)]})
    try:
        refuse_bombs(path, UNPACKED, TEXTS)
    except ImportRefused as refused:
        raise CellsRefused({"": [str(TOO_LARGE)]}) from refused
    with ZipFile(path) as packed:
        why = _why_not(packed)
    if why:
        raise CellsRefused({"": [str(why)]})


def _why_not(packed: ZipFile) -> Any:
    """What is wrong with the parts of a packed file; nothing for a workbook as ours are."""
    parts = {it.filename: it.file_size for it in packed.infolist()}
    if "mimetype" in parts and packed.open("mimetype").read(len(OPEN)) == OPEN:
        return ODS
    if any(name.endswith("vbaProject.bin") for name in parts):
        return MACROS
    whole = [size for name, size in parts.items() if not name.startswith(READ_BY_ROW)]
    if len(parts) > MOST_PARTS or max(whole, default=0) > LARGEST_PART:
        return TOO_LARGE
    return None


def _refuse_text(begin: bytes) -> None:
    """Say what to do with a CSV file, also one in the encoding that Excel uses in Korea."""
    if not begin or b"\x00" in begin or begin.startswith((OLE, b"PK")):
        return
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


def refuse_merged(path: Path, page: Any) -> None:
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
