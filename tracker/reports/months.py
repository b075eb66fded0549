"""Months: how a month is written, and which one is reported."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields

from common.facts import today


class Month(fields.Field[date]):
    """A month, written 2026-10 and held as its first day."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str | None:
        return None if value is None else month_name(value)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> date:
        try:
            return month_of(value)
        except ValueError:
            raise ValidationError(_("Write a month, for example 2026-10.")) from None


def month_of(name: Any) -> date:
    """The first day of the month that is written 2026-10. Raises ValueError."""
    if not isinstance(name, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}", name):
        raise ValueError(name)
    return date(int(name[:4]), int(name[5:]), 1)


def month_name(month: date) -> str:
    """2026-10 for any day of that month."""
    return month.isoformat()[:7]


def month_end(month: date) -> date:
    """The last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def month_before(month: date) -> date:
    """The first day of the month before."""
    last = max(1, month.replace(day=1).toordinal() - 1)
    return date.fromordinal(last).replace(day=1)


def last_month() -> date:
    """The first day of the month before this one: the one that is reported now."""
    return month_before(today())


def counted_on(month: date) -> date:
    """The usual day of a report's facts: the end of its month, or today in the present one."""
    return min(month_end(month), today())
