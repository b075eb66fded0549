"""Quantity rules: what a new quantity must keep beside what stands, whichever door it comes by.

No more can be accepted than is installed, and no more can work than is installed. Some deviations
are real and are taken with a note: units that work before they are accepted, and a number that
falls, for example because units were taken down or counted anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from common.db import db
from common.facts import not_withdrawn
from common.rows import RowErrors
from tracker.fact_days import Fault, blame, same_subject, wrong_day
from tracker.progress import Quantity, QuantityStage

INSTALLED, ACCEPTED = QuantityStage.INSTALLED, QuantityStage.ACCEPTED
WORKING = QuantityStage.WORKING
PLANS = (QuantityStage.PLANNED, QuantityStage.REVISED)
NEVER_FALL = (INSTALLED, ACCEPTED)


class Limit(NamedTuple):
    """One stage may not count more than another; `excused` where a note says why it does."""

    stage: QuantityStage
    most: QuantityStage
    excused: bool
    sentence: object


LIMITS = (
    Limit(
        ACCEPTED,
        INSTALLED,
        False,  # noqa: FBT003 - named by its place above
        _l(
            "%(value)s accepted stands against %(most)s installed on %(day)s, and no more can be "
            "accepted than is installed. Check number and day, or report what is installed first."
        ),
    ),
    Limit(
        WORKING,
        INSTALLED,
        False,  # noqa: FBT003
        _l(
            "%(value)s working stands against %(most)s installed on %(day)s, and no more can work "
            "than is installed. Check number and day, or report what is installed first."
        ),
    ),
    Limit(
        WORKING,
        ACCEPTED,
        True,  # noqa: FBT003
        _l(
            "%(value)s working stands against %(most)s accepted on %(day)s. Check number and day, "
            "or say in the note why more work than were accepted, for example a trial run."
        ),
    ),
)


class Breach(NamedTuple):
    """A limit that is broken from a day on, with the two quantities that break it."""

    limit: Limit
    day: date
    over: Quantity
    under: Quantity

    @property
    def name(self) -> tuple[QuantityStage, QuantityStage, date]:
        """What the breach is, whoever is to blame for it."""
        return self.limit.stage, self.limit.most, self.day


def quantity_faults(new: Mapping[int, Quantity]) -> RowErrors:
    """What is wrong with new quantities beside each other and what stands, by their place."""
    old = _told(new.values())
    found: dict[int, list[Fault]] = defaultdict(list)
    for deployment in {row.deployment for row in new.values()}:
        mine = [row for row in new.values() if row.deployment is deployment]
        before = standing(old[deployment.id])
        after = standing([*old[deployment.id], *mine])
        for row, fault in (*_beyond(mine, before, after), *_fallen(mine, after)):
            found[id(row)].append(fault)
    return blame(new, lambda row: [*_alone(row), *found[id(row)]])


def _told(new: Iterable[Quantity]) -> dict[int, list[Quantity]]:
    """All quantities of the same deployments but the new ones, by deployment."""
    mine = {id(row) for row in new}
    ids = {row.deployment.id for row in new}
    told: dict[int, list[Quantity]] = defaultdict(list)
    with db.session.no_autoflush:
        query = select(Quantity).where(Quantity.deployment_id.in_(ids), not_withdrawn(Quantity))
        rows = db.session.scalars(query)
        for row in rows.unique():
            if id(row) not in mine:
                told[row.deployment_id].append(row)
    return told


def standing(rows: Sequence[Quantity]) -> list[Quantity]:
    """`rows` without those that another one corrects, in the order of their days."""
    corrected = {id(row.corrects) for row in rows if row.corrects is not None}
    return sorted((row for row in rows if id(row) not in corrected), key=lambda row: row.on)


def _alone(row: Quantity) -> Iterator[Fault]:
    yield from same_subject(row)
    yield from wrong_day(row.deployment.site, row, row.on, plan=row.stage in PLANS)


def breaches(rows: Sequence[Quantity]) -> Iterator[Breach]:
    """Every day on which `rows`, in the order of their days, break a limit."""
    stood: dict[QuantityStage, Quantity] = {}
    for place, row in enumerate(rows):
        stood[row.stage] = row
        if place + 1 < len(rows) and rows[place + 1].on == row.on:
            continue  # a day is judged when all of it is told
        for limit in LIMITS:
            over, under = stood.get(limit.stage), stood.get(limit.most)
            if over is None or under is None or over.value is None or under.value is None:
                continue
            excused = limit.excused and (over.note_ko or over.note_en)
            if over.value > under.value and not excused:
                yield Breach(limit, row.on, over, under)


def _beyond(
    mine: Sequence[Quantity], before: Sequence[Quantity], after: Sequence[Quantity]
) -> Iterator[tuple[Quantity, Fault]]:
    """The breaches that were not there without the new rows, each blamed on one of them."""
    known = {it.name for it in breaches(before)}
    for it in breaches(after):
        if it.name in known:
            continue
        pair = [row for row in mine if row in (it.over, it.under)]
        near = [row for row in mine if row.corrects is not None and row.on <= it.day]
        blamed = max(pair or near or mine, key=lambda row: row.on)
        sentence = str(it.limit.sentence) % {
            "value": it.over.value,
            "most": it.under.value,
            "day": it.day,
        }
        yield blamed, ("value", sentence)


def _fallen(
    mine: Sequence[Quantity], after: Sequence[Quantity]
) -> Iterator[tuple[Quantity, Fault]]:
    """A number installed or accepted that is lower than the one before it, without a note."""
    ours = {id(row) for row in mine}
    last: dict[QuantityStage, Quantity] = {}
    for row in after:
        if row.stage not in NEVER_FALL or row.value is None:
            continue
        before = last.get(row.stage)
        last[row.stage] = row
        if before is None or (before.value or 0) <= row.value or row.note_ko or row.note_en:
            continue
        blamed = row if id(row) in ours else before
        if id(blamed) in ours:
            yield (
                blamed,
                (
                    "value",
                    _(
                        "%(later)s on %(later_day)s is fewer than %(earlier)s on %(earlier_day)s. "
                        "Check number and day, or say in the note why there are fewer.",
                        later=row.value,
                        later_day=row.on,
                        earlier=before.value,
                        earlier_day=before.on,
                    ),
                ),
            )
