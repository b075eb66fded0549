"""States of work: one scale for map, matrix and lists, worked out from dated facts."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from common.locale import name_values


class State(StrEnum):
    """How far a site or a deployment is known to be, in rising order."""

    NO_DATA = "no_data"
    PLANNED = "planned"
    STARTED = "started"
    PARTLY_INSTALLED = "partly_installed"
    COMPLETION_REPORTED = "completion_reported"
    WORKING = "working"
    WITHDRAWN = "withdrawn"

    @property
    def rank(self) -> int:
        """Its place on the scale, from 0."""
        return RANKS[self]


RANKS = {state: rank for rank, state in enumerate(State)}

name_values(
    {
        State.NO_DATA: _l("No data"),
        State.PLANNED: _l("Plan only"),
        State.STARTED: _l("Started"),
        State.PARTLY_INSTALLED: _l("Partly installed"),
        State.COMPLETION_REPORTED: _l("Completion reported"),
        State.WORKING: _l("Working, inspected"),
        State.WITHDRAWN: _l("Withdrawn"),
    }
)


def at_rank(rank: int | None) -> State:
    """The state at `rank`; no data for None."""
    return list(State)[rank or 0]
