"""Layers of the map: what each one counts, in which classes, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from catalog.grading.grades import Grade
from common.locale import name_values
from tracker.money.account import Share
from tracker.states import State


class Layer(StrEnum):
    """What the map shows of each site."""

    STATE = "state"
    PROGRESS = "progress"
    EXECUTION = "execution"
    WORKING = "working"
    COACHING = "coaching"
    EVIDENCE = "evidence"


class Area(StrEnum):
    """What the map shows it by."""

    MUNICIPALITY = "municipality"
    PROVINCE = "province"


name_values(
    {
        Layer.STATE: _l("State"),
        Layer.PROGRESS: _l("Installed of the plan"),
        Layer.EXECUTION: _l("Spent of the money committed"),
        Layer.WORKING: _l("Working of the units inspected"),
        Layer.COACHING: _l("Minutes of sessions"),
        Layer.EVIDENCE: _l("Best grade of evidence"),
        Area.MUNICIPALITY: _l("Municipality"),
        Area.PROVINCE: _l("Province"),
    }
)

COUNTED = {
    Layer.STATE: _l(
        "The furthest state that a dated fact shows. A province is as far as all its sites are."
    ),
    Layer.PROGRESS: _l(
        "Mean over the deployments of which both the plan and the installed quantity are known."
        " More than planned counts as planned."
    ),
    Layer.EXECUTION: _l(
        "All money spent in per cent of all money committed; unknown where either is not known."
    ),
    Layer.WORKING: _l("Units found working in per cent of the standing units that were inspected."),
    Layer.COACHING: _l(
        "Minutes of all sessions on record, where the duration is known. No session on record is"
        " shown as unknown."
    ),
    Layer.EVIDENCE: _l(
        "The best grade that the catalog gives today to one of the solutions that the site deploys."
    ),
}

UNKNOWN = "unknown"
NONE_YET = "none"  # not selected yet
SHARES = (Layer.PROGRESS, Layer.EXECUTION, Layer.WORKING)
# Lower ends of the classes that numbers fall into, in per cent and in minutes.
SHARE_CLASSES = (0, 25, 50, 75, 100)
MINUTE_CLASSES = (0, 60, 300, 600, 1200)
STATES = {it.value: it for it in State}


class Reading(NamedTuple):
    """What one place shows on a layer; None for unknown.

    `part` of `whole`: KRW spent of committed, units working of inspected, deployments or
    solutions counted of known, sessions with a duration of all.
    """

    value: Fraction | int | str | None = None
    part: int | None = None
    whole: int | None = None

    @property
    def told(self) -> float | int | str | None:
        """The value as it is told: per cent with one decimal, minutes, a state or a grade."""
        if not isinstance(self.value, Fraction):
            return self.value
        # 0 and 100 only where it is exactly that, as for money everywhere.
        return float(Share(self.value.numerator, self.value.denominator).percent)

    @property
    def order(self) -> tuple[bool, float]:
        """Its place in a list by value, the unknown last."""
        if isinstance(self.value, str):
            return False, STATES[self.value].rank if self.value in STATES else -ord(self.value)
        return self.value is None, float(self.value or 0)


def class_of(layer: Layer, reading: Reading) -> str:
    """The class that a reading falls into, as legend and styles name it."""
    if reading.value is None:
        return UNKNOWN
    if isinstance(reading.value, str):
        return reading.value
    bounds, value = bounds_of(layer), reading.told
    return str(sum(value >= bound for bound in bounds))  # type: ignore[operator]


def bounds_of(layer: Layer) -> tuple[int, ...]:
    """Lower ends of the classes of a layer of numbers."""
    return SHARE_CLASSES if layer in SHARES else MINUTE_CLASSES


def classes_of(layer: Layer) -> list[str]:
    """All classes of `layer`, the highest first, the unknown last."""
    if layer is Layer.STATE:
        known = list(State)[1:-1][::-1]
        return [*(it.value for it in known), State.WITHDRAWN.value, State.NO_DATA.value]
    if layer is Layer.EVIDENCE:
        return [*(it.value for it in Grade), UNKNOWN]
    return [*(str(n) for n in range(len(bounds_of(layer)), 0, -1)), UNKNOWN]


def together(layer: Layer, readings: Iterable[Reading]) -> Reading:
    """What several sites show as one place, out of those whose value is known."""
    known = [it for it in readings if it.value is not None]
    if layer is Layer.STATE:
        return Reading(_lowest([STATES[str(it.value)] for it in known]))
    if not known:
        return Reading()
    part = sum(it.part or 0 for it in known)
    whole = sum(it.whole or 0 for it in known)
    if layer is Layer.EVIDENCE:
        return Reading(min(str(it.value) for it in known), part, whole)
    if layer is Layer.COACHING:
        return Reading(sum(int(it.value or 0) for it in known), part, whole)
    if layer is Layer.PROGRESS:
        summed = sum((Fraction(it.value or 0) * (it.part or 0) for it in known), Fraction())
        return Reading(summed / part, part, whole)
    return Reading(Fraction(part, whole), part, whole)


def _lowest(states: list[State]) -> str:
    standing = [it for it in states if it is not State.WITHDRAWN] or states
    return min(standing, key=lambda it: it.rank, default=State.NO_DATA).value
