"""What pages, files and the API tell of outcomes: the record, its state and its effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g
from marshmallow import fields
from sqlalchemy import select

from catalog.effects.effects import Effect, EstimateKind, NoInterval
from catalog.effects.forest import position
from catalog.effects.local_results import caution_of, change_in_words
from catalog.evidence import Counting
from catalog.indicators import Indicator
from common.db import db
from common.facts import When
from common.schema import Choice, Ref, Whole
from tracker.deployments import Deployment
from tracker.outcomes.effects import baseline_of, effect_of
from tracker.outcomes.outcomes import Outcome, find_outcomes, versions
from tracker.outcomes.plausibility import OutcomeKind
from tracker.outcomes.reviews import ReviewState, may_read, may_write
from tracker.outcomes.schemas import OutcomeSchema


@dataclass(frozen=True)
class OutcomeRecord:
    """An outcome with its state, and with its effect where it is a measurement."""

    outcome: Outcome
    state: ReviewState
    since: datetime | None
    baseline: Outcome | None
    effect: Effect | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outcome, name)

    @property
    def by_insider(self) -> bool:
        """Whether whoever asks is of the site or of the ministry."""
        return may_read(g.get("who"), self.outcome, ReviewState.DRAFT)

    @property
    def plot(self) -> EffectPlot | None:
        """Where the effect lies on an axis; None where there is no number."""
        return plot_of(self.effect) if self.effect else None

    @property
    def change(self) -> str:
        """The effect in words, or why there is none."""
        return change_in_words(self.effect) if self.effect else ""

    @property
    def caution(self) -> str:
        """What every before-after without control has to say, where there is an effect."""
        known = self.effect is not None and self.effect.estimate is not None
        return caution_of(self.effect) if known and self.effect else ""


@dataclass(frozen=True)
class EffectPlot:
    """One effect on an axis; places in per cent from its left end, as the forest plot has them."""

    x_pct: float
    low_pct: float | None
    high_pct: float | None
    ticks: list[Any]
    controlled: bool = False


def plot_of(effect: Effect) -> EffectPlot | None:
    """The axis of `effect`: the forest plot's for a ratio, one round zero for a difference."""
    if effect.estimate is None:
        return None
    if effect.kind is EstimateKind.RATIO:
        # The macro draws its dark line where a tick says 1.
        at = [(position(tick), f"{tick:g}") for tick in (0.1, 0.5, 1, 2)]
        ends = [None if end is None else position(end) for end in (effect.low, effect.high)]
        return EffectPlot(position(effect.estimate), ends[0], ends[1], at)
    told = [abs(it) for it in (effect.estimate, effect.low, effect.high) if it is not None]
    reach = max(*told, 1e-9) * 1.2

    def place(value: float | None) -> float | None:
        return None if value is None else round(50 + 50 * value / reach, 2)

    middle = [{"x_pct": 50.0, "label": "0", "main": True}]
    return EffectPlot(place(effect.estimate) or 0, place(effect.low), place(effect.high), middle)


class OutcomeToldSchema(OutcomeSchema):
    """An outcome as lists and the API tell it: uses and passers-by never share a column."""

    site = fields.String(attribute="deployment.site.slug", dump_only=True)
    solution = fields.String(attribute="deployment.solution.slug", dump_only=True)
    state = Choice(ReviewState, dump_only=True)
    since = fields.AwareDateTime(dump_only=True)
    value = fields.Float(dump_only=True)
    uses = Whole(dump_only=True)
    passers_by = Whole(dump_only=True)
    baseline = Ref("self", dump_only=True)
    estimate_kind = Choice(EstimateKind, attribute="effect.kind", dump_only=True)
    estimate = fields.Float(attribute="effect.estimate", dump_only=True)
    low = fields.Float(attribute="effect.low", dump_only=True)
    high = fields.Float(attribute="effect.high", dump_only=True)
    no_interval_because = Choice(NoInterval, attribute="effect.because", dump_only=True)


def outcome_records(
    outcomes: Sequence[Outcome], as_of: date | None = None, known_on: date | None = None
) -> list[OutcomeRecord]:
    """The outcomes with state and effect; two statements, however many there are."""
    when = When.of(as_of, known_on)
    seen = versions(when)
    ids = [it.id for it in outcomes]
    states = {
        row.id: (row.state, row.since)
        for row in db.session.execute(
            select(seen.c.id, seen.c.state, seen.c.since).where(seen.c.id.in_(ids))
        )
    }
    measured = {it.deployment_id for it in outcomes if it.kind is OutcomeKind.MEASUREMENT}
    approved = baselines(measured, when, everybody=True)
    standing = baselines(measured, when, everybody=False)
    return [
        _record(it, *states.get(it.id, (ReviewState.DRAFT, None)), approved, standing)
        for it in outcomes
    ]


def baselines(deployments: Collection[int], when: When, *, everybody: bool) -> list[Outcome]:
    """The baselines of `deployments` that everybody, or whoever asks, may read, newest first."""
    found = find_outcomes(
        kind=[OutcomeKind.BASELINE],
        as_of=when.as_of,
        known_on=when.known_on,
        everybody=everybody,
    )
    rows = db.session.scalars(found.where(Outcome.deployment_id.in_(deployments))).unique()
    return list(rows)


def _record(
    it: Outcome,
    state: ReviewState,
    since: datetime | None,
    approved: list[Outcome],
    standing: list[Outcome],
) -> OutcomeRecord:
    if it.kind is not OutcomeKind.MEASUREMENT:
        return OutcomeRecord(it, state, since, None, None)
    # What everybody reads rests on what everybody may read; a draft shows what it would say.
    known = approved if state is ReviewState.APPROVED else standing
    before = baseline_of(it, known)
    return OutcomeRecord(it, state, since, before, effect_of(before, it))


@dataclass(frozen=True)
class OutcomeLine:
    """What is known of one indicator, counted in one way, at one deployment."""

    deployment: Deployment
    indicator: Indicator
    counting: Counting
    baseline: OutcomeRecord | None = None
    target: OutcomeRecord | None = None
    measurement: OutcomeRecord | None = None


def outcome_lines(records: Sequence[OutcomeRecord]) -> list[OutcomeLine]:
    """The newest baseline, target and measurement of each indicator, from newest-first records."""
    lines: dict[Any, dict[str, Any]] = {}
    for it in records:
        place = (it.deployment_id, it.indicator_id, it.counting)
        line = lines.setdefault(
            place,
            {"deployment": it.deployment, "indicator": it.indicator, "counting": it.counting},
        )
        line.setdefault(it.kind.value, it)
    ordered = sorted(lines.items(), key=lambda item: (item[0][0], item[0][1], item[0][2].value))
    return [OutcomeLine(**line) for _place, line in ordered]


def lines_of(when: When, **where: Any) -> list[OutcomeLine]:
    """The lines of a site or a deployment, as far as whoever asks may read them."""
    found = find_outcomes(as_of=when.as_of, known_on=when.known_on, **where)
    rows = db.session.scalars(found).unique().all()
    return outcome_lines(outcome_records(rows, when.as_of, when.known_on))


def outcomes_part(when: When, **where: Any) -> dict[str, Any]:
    """The part about outcomes on the page of a site or of a deployment."""
    place = where.get("site") or where["deployment"].site
    return {
        "outcome_lines": lines_of(when, **where),
        "may_write_outcomes": may_write(g.get("who"), place),
    }
