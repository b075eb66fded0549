"""Fact days: on which days a fact of a site may be told, and how what is wrong is blamed on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from common.facts import Precision, today
from common.rows import RowErrors
from tracker.sites import Site

Fault = tuple[str, str]  # the field, and a sentence that says what to do


def wrong_day(
    site: Site, row: Any, day: date, *, field: str = "on", plan: bool = False
) -> Iterator[Fault]:
    """What is wrong with `day` as the day of a fact `row` of `site`.

    A plan may speak of things to come, and may, with a note, be older than the selection: it stood
    in the application.
    """
    if first_day(day, row.precision) > today() and not plan:
        yield field, _("This day has not come yet; give the day on which it was so.")
    noted = row.note_ko or row.note_en
    if day < site.selected_on and not (plan and noted):
        sentence = (
            _(
                "The site was selected on %(day)s; give a later day, or say in the note where "
                "the older plan stands.",
                day=site.selected_on,
            )
            if plan
            else _(
                "The site was selected on %(day)s; give that day or a later one.",
                day=site.selected_on,
            )
        )
        yield field, sentence


def first_day(day: date, precision: Precision) -> date:
    """The earliest day that `day` may stand for: a month or year is stored as its last one."""
    if precision is Precision.UNKNOWN:
        return date.min  # any day before it was recorded
    if precision is Precision.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision is Precision.MONTH else day


def same_subject(row: Any) -> Iterator[Fault]:
    """Refuse a correction of something else than `row` is about."""
    if row.corrects is not None and row.corrects.subject != row.subject:
        yield (
            "corrects",
            _(
                "This corrects “%(key)s”, which is about something else; name the fact that was "
                "wrong.",
                key=row.corrects.key,
            ),
        )


def blame(new: Mapping[int, Any], faults: Callable[[Any], Iterable[Fault]]) -> RowErrors:
    """The sentences of `faults` by place of the new row and by field; nothing for right rows."""
    found: RowErrors = {}
    for place, row in new.items():
        for field, sentence in faults(row):
            sentences = found.setdefault(place, {}).setdefault(field, [])
            if sentence not in sentences:
                sentences.append(sentence)
    return found
