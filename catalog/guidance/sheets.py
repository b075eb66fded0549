"""Sheets: a guideline as a checklist to fill in with a spreadsheet, answers from a drop-down."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from xlsxwriter import Workbook

from catalog.guidelines import Guideline, Stage
from common.locale import said, word
from common.rows import disarmed

TO_FILL_IN = 3  # columns at the end: the answer, what shows it, and the remark
WIDTHS = (10, 12, 60, 8, 12, 32, 28, 16, 32, 32)
HEADER_ROWS = 3  # title, version and source, column names


def answers() -> list[str]:
    """What can be answered, in the reader's language."""
    return [_("Meets"), _("Deviates"), _("Not applicable"), _("Not yet")]


def columns() -> list[str]:
    """What stands in each column."""
    return [
        _("Key"),
        _("Clause"),
        _("Requirement"),
        _("Level"),
        _("Stage"),
        _("How to check"),
        _("Applies where"),
        _("Answer"),
        _("Evidence"),
        _("Reason or remark"),
    ]


def rows_of(guideline: Guideline) -> list[list[str]]:
    """One row an item, stage by stage, without what is to be filled in."""
    order = list(Stage)
    items = sorted(guideline.items, key=lambda it: order.index(it.stage))
    return [
        [
            it.key,
            it.clause or "",
            said(it, "text"),
            word(it.level),
            word(it.stage),
            said(it, "check"),
            said(it, "condition"),
        ]
        for it in items
    ]


def checklist_file(guideline: Any) -> bytes:
    """The workbook: what is to be answered beside each item is chosen, not typed."""
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(out, options) as book:
        sheet = book.add_worksheet(_("Checklist")[:31])
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        wrapped.set_align("top")
        sheet.write_string(0, 0, disarmed(said(guideline, "title")), bold)
        source = f" · {guideline.source.url}" if guideline.source else ""
        sheet.write_string(1, 0, disarmed(said(guideline, "version") + source))
        sheet.write_row(HEADER_ROWS - 1, 0, columns(), bold)
        sheet.freeze_panes(HEADER_ROWS, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROWS - 1)
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width, wrapped)
        rows = rows_of(guideline)
        _fill(sheet, rows)
    return out.getvalue()


def _fill(sheet: Any, rows: Sequence[Sequence[str]]) -> None:
    for place, row in enumerate(rows, start=HEADER_ROWS):
        for column, cell in enumerate(row):
            sheet.write_string(place, column, disarmed(cell))
    if rows:
        answer = len(WIDTHS) - TO_FILL_IN
        sheet.data_validation(
            HEADER_ROWS,
            answer,
            HEADER_ROWS + len(rows) - 1,
            answer,
            {
                "validate": "list",
                "source": answers(),
                "error_title": _("Answer"),
                "error_message": _("Choose one of the answers of the list."),
            },
        )
