"""Actuals: what tracked sites really paid, took and got, beside what was planned. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median, quantiles
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.locale import name_values
from common.schema import Choice, Said, Schema

FEWEST = 3  # below it a middle would be a single site's figure, and would say nothing of others


class ActualKind(StrEnum):
    """What is told of the tracked deployments of a solution."""

    UNIT_COST = "unit_cost"
    LEAD_TIME = "lead_time"
    SHARE_WORKING = "share_working"
    OUTCOME = "outcome"


name_values(
    {
        ActualKind.UNIT_COST: _l("Unit cost"),
        ActualKind.LEAD_TIME: _l("Days from selection to completion"),
        ActualKind.SHARE_WORKING: _l("Share of the installed that works"),
        ActualKind.OUTCOME: _l("Outcome"),
    }
)


@dataclass(frozen=True)
class Spread:
    """Figures of several deployments as their middle and their quarters; None below `FEWEST`."""

    n: int
    median: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there are enough to tell more than their number."""
        return self.n >= FEWEST


@dataclass(frozen=True)
class Actual:
    """One kind of figure: as it came to be, and as it was planned at first."""

    kind: ActualKind
    real: Spread
    planned: Spread
    unit_ko: str = ""
    unit_en: str = ""
    measure_ko: str = ""
    measure_en: str = ""


class SpreadSchema(Schema):
    """A spread as the API tells it; below three deployments only how many there are."""

    n = fields.Integer(dump_only=True)
    median = fields.Float(dump_only=True, allow_none=True)
    low = fields.Float(dump_only=True, allow_none=True)
    high = fields.Float(dump_only=True, allow_none=True)
    is_shown = fields.Boolean(dump_only=True)


class ActualSchema(Schema):
    """What tracked deployments tell, as the API tells it."""

    kind = Choice(ActualKind, dump_only=True)
    measure = Said()
    unit = Said()
    real = fields.Nested(SpreadSchema, dump_only=True)
    planned = fields.Nested(SpreadSchema, dump_only=True)


def spread(values: Sequence[float]) -> Spread:
    """The middle and the quarters of `values`, in their unit; only their number below `FEWEST`.

    Quartiles by linear interpolation between order statistics.
    Source: Hyndman and Fan, The American Statistician 50 (1996), 361, definition 7.
    """
    found = [float(value) for value in values]
    if len(found) < FEWEST:
        return Spread(len(found))
    low, _middle, high = quantiles(found, n=4, method="inclusive")
    return Spread(len(found), median(found), low, high)


def worth_telling(actuals: Sequence[Any]) -> list[Any]:
    """Those of `actuals` of which anything is known."""
    return [it for it in actuals if it.real.n or it.planned.n]
