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

    @property
    def next(self) -> list[State]:
        """All states that may follow it by what happens."""
        return next_states(self)


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


# What usually follows. Steps may be skipped, since reports are; nothing goes backward.
STEPS: dict[State, tuple[State, ...]] = {
    State.NO_DATA: (State.PLANNED, State.STARTED),
    State.PLANNED: (State.STARTED,),
    State.STARTED: (State.PARTLY_INSTALLED,),
    State.PARTLY_INSTALLED: (State.COMPLETION_REPORTED,),
    State.COMPLETION_REPORTED: (State.WORKING,),
    State.WORKING: (),
    State.WITHDRAWN: (),
}


def next_states(before: State) -> list[State]:
    """All states that may follow `before`: those further on, and withdrawn until it works."""
    if before in (State.WORKING, State.WITHDRAWN):
        return []
    return [state for state in State if state.rank > before.rank]


def may_follow(before: State, after: State) -> bool:
    """Whether `after` may follow `before` by what happens, not by correcting what was wrong."""
    return after in next_states(before)


def is_skip(before: State, after: State) -> bool:
    """Whether the step from `before` to `after` leaves one out, and so needs a reason."""
    return may_follow(before, after) and after not in STEPS[before]


def at_rank(rank: int | None) -> State:
    """The state at `rank`; no data for None."""
    return list(State)[rank or 0]
