"""Plain words: what is built near somebody, in sentences without a word of the trade."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from accounts.organisations import Organisation, OrganisationKind
from common.locale import day, number, word
from tracker.deployments import Unit
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord
from tracker.states import State

HOW_FAR = {
    State.NO_DATA: _l("How far the work is, is not known here."),
    State.PLANNED: _l("It is planned. That the work has begun has not been reported."),
    State.STARTED: _l("The work has begun. That anything is in place has not been reported."),
    State.PARTLY_INSTALLED: _l("A part of it is in place."),
    State.COMPLETION_REPORTED: _l(
        "It has been reported as finished. That it works has not been checked on record."
    ),
    State.WORKING: _l("It is in place and was found to work."),
    State.WITHDRAWN: _l("It was given up."),
}


class Sentence(NamedTuple):
    """One sentence, the fact behind it, and whether it tells something or that nobody knows."""

    text: str
    fact: Any = None
    is_known: bool = True


def how_far(state: State) -> Sentence:
    """How far something is."""
    return Sentence(str(HOW_FAR[state]), is_known=state is not State.NO_DATA)


def how_many(record: DeploymentRecord) -> list[Sentence]:
    """What was planned, what is in place and what works; what is not known says so."""
    return [*_planned(record), *_in_place(record), *_working(record)]


def ministry() -> Select[Organisation]:
    """Who runs the programme."""
    is_ministry = Organisation.kind == OrganisationKind.MINISTRY
    return select(Organisation).where(is_ministry).order_by(Organisation.id).limit(1)


def _planned(record: DeploymentRecord) -> Iterator[Sentence]:
    first = record.quantities.get(QuantityStage.PLANNED)
    revised = record.quantities.get(QuantityStage.REVISED)
    if first and first.value is not None:
        yield Sentence(_("The plan was %(amount)s.", amount=_amount(first, record)), first)
    if revised and revised.value is not None:
        yield Sentence(
            _("The plan was changed to %(amount)s.", amount=_amount(revised, record)), revised
        )
    if record.planned_or_revised is None:
        yield Sentence(_("How many were planned is not known."), is_known=False)


def _in_place(record: DeploymentRecord) -> Iterator[Sentence]:
    row = record.quantities.get(QuantityStage.INSTALLED)
    if row and row.value is not None:
        values = {"day": day(row.on, row.precision), "amount": _amount(row, record)}
        yield Sentence(_("On %(day)s the count in place was %(amount)s.", **values), row)
    elif row or record.state.rank >= State.PARTLY_INSTALLED.rank:
        yield Sentence(_("How many are in place is not known."), row, is_known=False)


def _working(record: DeploymentRecord) -> Iterator[Sentence]:
    row = record.quantities.get(QuantityStage.WORKING)
    if row and row.value is not None:
        values = {"day": day(row.on, row.precision), "amount": _amount(row, record)}
        yield Sentence(_("On %(day)s the count that worked was %(amount)s.", **values), row)
    elif record.quantities.get(QuantityStage.INSTALLED):
        yield Sentence(_("How many of them work is not known."), row, is_known=False)


def _amount(row: Any, record: DeploymentRecord) -> str:
    """The number with its unit: 17 poles, about 10 places; 12, unit unknown."""
    n = number(row.value)
    n = _("about %(n)s", n=n) if row.approximate else n
    if record.unit is Unit.UNKNOWN:
        return str(_("%(n)s, unit unknown", n=n))
    return str(_("%(n)s %(unit)s", n=n, unit=word(record.unit)))
