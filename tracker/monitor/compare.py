"""Compare: the figures of a level on two days, and their differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.effects.forest import Mark, mark_of, ticks
from catalog.effects.local_results import LocalResult, LocalResultSchema
from common.facts import When
from common.schema import Schema
from tracker.monitor.curves import Curves, CurvesSchema, curves_of
from tracker.monitor.dashboard import Figures, FiguresSchema, figures
from tracker.monitor.drill import Drill
from tracker.monitor.funding import StageMoney, StageMoneySchema, funding
from tracker.monitor.levels import Level, LevelSchema
from tracker.monitor.narrowing import chosen, level
from tracker.outcomes.effects import results_of

# The figures that are compared, and how each is written.
COMPARED: dict[str, tuple[Any, str]] = {
    "sites": (_l("Sites"), "number"),
    "deployments": (_l("Deployments"), "number"),
    "committed_won": (_l("Committed"), "won"),
    "received_won": (_l("Received"), "won"),
    "spent_won": (_l("Spent"), "won"),
    "match_shortfall_won": (_l("Local money lacking"), "won"),
    "bac_won": (_l("Budget at completion (BAC)"), "won"),
    "pv_won": (_l("Planned value (PV)"), "won"),
    "ev_won": (_l("Earned value (EV)"), "won"),
    "ac_won": (_l("Actual cost (AC)"), "won"),
    "spi": (_l("Schedule performance (SPI)"), "number"),
    "cpi": (_l("Cost performance (CPI)"), "number"),
    "spi_t": (_l("Schedule performance in time, SPI(t)"), "number"),
    "median_months_to_start": (_l("Months to start, middle"), "number"),
    "working_qty": (_l("Units working"), "number"),
    "agreed_min": (_l("Coaching agreed, min"), "number"),
    "given_min": (_l("Coaching given, min"), "number"),
    "items_met": (_l("Guideline items met"), "number"),
}

SHOWN = 50  # results on a page; the files hold all of them


@dataclass(frozen=True)
class Change:
    """One figure then and now; None for unknown."""

    name: str
    then: float | None
    now: float | None

    @property
    def difference(self) -> float | None:
        """Now less then; None where either is unknown."""
        return None if self.then is None or self.now is None else self.now - self.then

    @property
    def label(self) -> Any:
        """What it is called."""
        return COMPARED[self.name][0]

    @property
    def is_money(self) -> bool:
        """Whether it is an amount in KRW."""
        return COMPARED[self.name][1] == "won"


class ChangeSchema(Schema):
    """A compared figure as the API tells it."""

    name = fields.String()
    then = fields.Raw()
    now = fields.Raw()
    difference = fields.Raw()


def changes(then: Level, now: Level) -> list[Change]:
    """Every compared figure of a level, as the API tells it, on both days."""
    told: list[Mapping[str, Any]] = [LevelSchema().dump(it) for it in (then, now)]
    return [Change(name, told[0][name], told[1][name]) for name in COMPARED]


@dataclass(frozen=True)
class Dashboard:
    """The figures of a page with its level, what its charts show, and what changed since a day."""

    figures: Figures
    drill: Drill
    curves: Curves
    funding: Sequence[StageMoney]
    results: Sequence[LocalResult]
    against: date | None = None
    changes: Sequence[Change] = ()

    @property
    def newest(self) -> Sequence[LocalResult]:
        """The results that a page has room for."""
        return self.results[:SHOWN]

    @property
    def ratios(self) -> list[Mark]:
        """Those that are ratios, each with its place on the axis of the forest plot."""
        return [mark_of(it) for it in self.newest if it.ratio]

    @property
    def others(self) -> list[LocalResult]:
        """Those that have no place on that axis."""
        return [it for it in self.newest if not it.ratio]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The places of that axis that carry a number."""
        return ticks()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.figures, name)


class DashboardSchema(FiguresSchema):
    """The dashboard as JSON tells it, with its levels."""

    level = fields.Nested(LevelSchema, attribute="drill.level")
    parts = fields.List(fields.Nested(LevelSchema), attribute="drill.parts")
    curves = fields.Nested(CurvesSchema)
    funding = fields.List(fields.Nested(StageMoneySchema))
    results = fields.List(fields.Nested(LocalResultSchema))
    against = fields.Date()
    changes = fields.List(fields.Nested(ChangeSchema))


def dashboard_of(asked: Mapping[str, Any]) -> Dashboard:
    """The dashboard that `asked` asks for; a fixed number of statements."""
    when = When.of(asked["as_of"], asked["known_on"])
    records = chosen(asked, when)
    now = level(records, when, asked)
    found: list[Change] = []
    if asked["against"]:
        before = When.of(asked["against"], asked["known_on"])
        found = changes(level(chosen(asked, before), before, asked).level, now.level)
    results = results_of([it.id for it in now.level.deployments], when)
    return Dashboard(
        figures(records, when),
        now,
        curves_of(now.level, when.as_of),
        funding(now.level.sites),
        results,
        asked["against"],
        found,
    )
