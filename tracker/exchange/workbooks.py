"""Workbooks to edit: hidden keys, locked columns, drop-downs, and a sheet that explains them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range_abs

from common.locale import word
from tracker.exchange.sheets import Line, Sheet, in_words

MARK = "hwaksan:"  # the first cell says which list the sheet is of
HIDDEN = 2  # the key of the row and the fact that it was downloaded with
WIDTHS = {"date": 14, "area": 44, "text": 32, "checkbox": 12, "choice": 22, "choices": 32}
LISTS = 5  # the column of the second sheet where the words of the drop-downs begin
OLDEST = date(2000, 1, 1)
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
MAY = {
    "format_columns": True,
    "format_rows": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}


Cells = list[tuple[str, str, Any]]  # what kind each is, what it says, and its format


def workbook(sheet: Sheet, lines: Mapping[str, Line], newest: Mapping[str, Any]) -> bytes:
    """The rows of `lines` with what is on record of them, ready to be edited."""
    out = io.BytesIO()
    with Workbook(out, OPTIONS) as book:
        page = book.add_worksheet(word(sheet.name)[:31])
        guide = book.add_worksheet(_("How to fill it in"))
        forms = _formats(book)
        page.write_row(0, 0, [MARK + sheet.name.value, "marker", *sheet.labels], forms["head"])
        for row, line in enumerate(lines.values(), start=1):
            fact = newest.get(line.subject)
            key = fact.key if fact is not None else ""
            _write_line(page, row, line, key, _cells(sheet, line, fact, forms))
        _limit(page, sheet, len(lines), guide)
        page.set_column(0, HIDDEN - 1, None, None, {"hidden": True})
        page.set_column(HIDDEN, HIDDEN + len(sheet.locked) - 1, 22)
        for place, one in enumerate(sheet.fields.values(), start=HIDDEN + len(sheet.locked)):
            page.set_column(place, place, WIDTHS.get(one["kind"], 18))
        page.freeze_panes(1, HIDDEN + len(sheet.locked))
        page.protect("", MAY)
        _explain(guide, sheet, forms)
    return out.getvalue()


def _formats(book: Workbook) -> dict[str, Any]:
    wrap = {"text_wrap": True, "valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F7"}),
        "locked": book.add_format({"font_color": "#464C53", "bg_color": "#F4F5F6"}),
        "integer": book.add_format({"locked": False, "num_format": "#,##0"}),
        "won": book.add_format({"locked": False, "num_format": "#,##0"}),
        "date": book.add_format({"locked": False, "num_format": "yyyy-mm-dd"}),
        "area": book.add_format({"locked": False, "num_format": "@"} | wrap),
        "text": book.add_format({"locked": False, "num_format": "@"}),
        "checkbox": book.add_format({"locked": False}),
        "choice": book.add_format({"locked": False}),
        "choices": book.add_format({"locked": False, "num_format": "@"} | wrap),
        "words": book.add_format(wrap),
    }


def _write_line(page: Any, row: int, line: Line, key: str, cells: Cells) -> None:
    page.write_string(row, 0, line.subject)
    page.write_string(row, 1, key)
    for place, (kind, value, form) in enumerate(cells, start=HIDDEN):
        if not value:
            page.write_blank(row, place, None, form)
        elif kind == "date":
            page.write_datetime(row, place, date.fromisoformat(value), form)
        elif kind in ("integer", "won"):
            page.write_number(row, place, int(value), form)
        else:
            page.write_string(row, place, value, form)


def _cells(sheet: Sheet, line: Line, fact: Any, forms: Mapping[str, Any]) -> Cells:
    told = sheet.told(fact)
    cells = [("text", text, forms["locked"]) for text in line.said]
    for name, one in sheet.fields.items():
        value = in_words(told[name], dict(one["options"]))
        cells.append((one["kind"], value, forms[one["kind"]]))
    return cells


def _limit(page: Any, sheet: Sheet, rows: int, guide: Any) -> None:
    """Let a spreadsheet refuse what could not be taken anyway."""
    lists = _lists(sheet)
    for place, one in enumerate(sheet.fields.values(), start=HIDDEN + len(sheet.locked)):
        rule = {"error_title": one["label"][:32], "error_message": _allowed(one)[:255]}
        if one["kind"] == "choices":
            # No spreadsheet lets several be chosen from a list, so the words are told beside it.
            rule = {"validate": "any", "input_title": one["label"][:32]}
            rule |= {"input_message": _several()[:255]}
        elif one["options"]:
            # A word may hold a comma, so the words stand in cells and not in the rule.
            column = LISTS + list(lists).index(one["name"])
            last = len(lists[one["name"]])
            cells = xl_range_abs(1, column, last, column)
            rule |= {"validate": "list", "source": f"='{guide.get_name()}'!{cells}"}
        elif one["kind"] == "date":
            rule |= {"validate": "date", "criteria": ">=", "value": OLDEST}
        elif one["kind"] in ("integer", "won"):
            limits = {"minimum": one["min"], "maximum": one["max"]}
            rule |= {"validate": "integer", "criteria": "between", **limits}
        else:
            rule |= {"validate": "length", "criteria": "<=", "value": one["maxlength"]}
        page.data_validation(1, place, max(rows, 1), place, rule)


def _several() -> str:
    return str(_("One or more of the words on the second sheet, with a semicolon between them"))


def _allowed(one: Mapping[str, Any]) -> str:
    if one["options"]:
        words = " / ".join(text for _value, text in one["options"])
        return f"{_several()}: {words}" if one["kind"] == "choices" else words
    if one["kind"] == "date":
        return str(_("A date, for example 2025-03-20; not text"))
    if one["kind"] in ("integer", "won"):
        low, high = f"{one['min']:,}", f"{one['max']:,}"
        return str(_("A whole number from %(low)s to %(high)s", low=low, high=high))
    return str(_("Text of at most %(most)s characters", most=one["maxlength"]))


def _lists(sheet: Sheet) -> dict[str, list[str]]:
    """The words of each column that has a drop-down."""
    found = {name: [text for _value, text in it["options"]] for name, it in sheet.fields.items()}
    return {name: words for name, words in found.items() if words}


def _explain(page: Any, sheet: Sheet, forms: Mapping[str, Any]) -> None:
    """The second sheet: what each column holds and which values it takes."""
    head = [_("Column"), _("May be edited"), _("Allowed values"), _("Unit")]
    page.write_row(0, 0, head, forms["head"])
    lines = [[str(label), _("No"), "", ""] for label in sheet.locked]
    for one in sheet.fields.values():
        unit = one["unit"] or (_("as in the column Unit") if one["kind"] == "integer" else "")
        lines.append([one["label"], _("Yes"), _allowed(one), unit])
    for row, line in enumerate(lines, start=1):
        page.write_row(row, 0, line, forms["words"])
    for row, sentence in enumerate(_rules(), start=len(lines) + 2):
        page.merge_range(row, 0, row, 3, sentence, forms["words"])
    for column, (name, words) in enumerate(_lists(sheet).items(), start=LISTS):
        page.write_string(0, column, sheet.fields[name]["label"], forms["head"])
        page.write_column(1, column, words)
    page.set_column(0, 3, 32)
    page.set_column(LISTS, LISTS + len(sheet.columns), 24)
    page.freeze_panes(1, 0)


def _rules() -> list[str]:
    return [
        _("A row shows what was told last. Change the day too where you tell something newer."),
        _("The same day again corrects what was told for it; nothing is overwritten."),
        _("Leave rows that you do not change as they are, and leave blank what is not known."),
        _("Write values, not formulas. The hidden columns A and B say which row is which."),
    ]
