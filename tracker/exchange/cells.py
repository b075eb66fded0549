"""Cells: what a cell of a workbook says, as text that a form could send."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from common.locale import LANGUAGES
from common.rows import plain_cell
from tracker.exchange.sheets import JOINT, NO, Sheet

SEVERAL = re.compile(r"[;\n]")
GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+")
SHOWN = 60  # characters of a cell that a sentence quotes


class WrongCell(Exception):
    """What is wrong with a cell."""


@dataclass(frozen=True)
class Kind:
    """What a column holds; `answers` are the values by the words for them in any language."""

    name: str
    answers: Mapping[str, str]
    shown: Sequence[str]

    @property
    def is_number(self) -> bool:
        """Whether it takes whole numbers."""
        return self.name in ("integer", "won")


NO_KIND = Kind("", {}, ())


def kinds_of(sheet: Sheet) -> dict[str, Kind]:
    """What the columns hold that may be edited, by their names."""
    shown = {name: [text for _value, text in it["options"]] for name, it in sheet.fields.items()}
    answers: dict[str, dict[str, str]] = {name: {} for name in sheet.columns}
    for code in LANGUAGES:
        with force_locale(code):
            for name, one in sheet.fields.items():
                for value, text in one["options"]:
                    answers[name] |= {value.lower(): value, text.lower(): value}
    names = {name: one["kind"] for name, one in sheet.fields.items()}
    return {name: Kind(names[name], answers[name], shown[name]) for name in sheet.columns}


def said_in(cell: Any, kind: Kind) -> str:
    """What a cell says, as text that a form could send. Raises WrongCell with a sentence."""
    if cell is None or cell.value is None:
        return NO if kind.name == "checkbox" else ""
    if cell.data_type == "f":
        raise WrongCell(_("This is a formula; put its value into the cell instead."))
    if cell.data_type == "e":
        raise WrongCell(_("“%(value)s” is an error; write a value.", value=cell.value))
    return _text(cell.value, kind)


def _text(value: Any, kind: Kind) -> str:
    if kind.name == "date":
        return _day(value)
    if kind.name == "choices":
        several = [it for it in SEVERAL.split(str(value)) if it.strip()]
        return JOINT.join(dict.fromkeys(_answer(it, kind) for it in several))
    if kind.answers:
        return _answer(value, kind)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime | date | time):
        if kind.is_number:
            raise WrongCell(_("This is a date and not a number; change the cell's format."))
        return str(plain_cell(value))
    text = str(plain_cell(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    return text.replace(",", "") if kind.is_number and GROUPED.fullmatch(text) else text


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        if value.time() != time():
            raise WrongCell(_("This is a moment; give the day alone."))
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if not str(value).strip():
        return ""
    raise WrongCell(
        _(
            "“%(value)s” is text or a number and not a date. Format the cell as a date, and write "
            "the day again, for example 2025-03-20.",
            value=str(value)[:SHOWN],
        )
    )


def _answer(value: Any, kind: Kind) -> str:
    text = str(value).strip().lower()
    if not text:
        return NO if kind.name == "checkbox" else ""
    if text not in kind.answers:
        raise WrongCell(_("Choose one of: %(values)s.", values=" / ".join(kind.shown)))
    return kind.answers[text]
