"""Pools: which effects of a solution may be pooled, and in words why the others may not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import exp, log

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.effects.effects import EstimateKind
from catalog.effects.rates import Interval, Z
from catalog.evidence import Evidence
from catalog.grading.studies import EvidenceKind, Family
from catalog.pooling import FEWEST, Pooled, Study, pool
from common.locale import name_values
from common.schema import Choice, Schema

RATIOS = (EstimateKind.RATIO, EstimateKind.PERCENT_CHANGE)


class WhyNot(StrEnum):
    """Why effects are not pooled."""

    ONE_STUDY = "one_study"
    OTHER_MEASURES = "other_measures"
    OTHER_DESIGNS = "other_designs"
    OTHER_DIRECTIONS = "other_directions"
    OTHER_SCALES = "other_scales"
    NO_INTERVAL = "no_interval"
    NOT_SEPARATE = "not_separate"


NO_PAIR = (WhyNot.ONE_STUDY, WhyNot.OTHER_MEASURES)

name_values(
    {
        WhyNot.ONE_STUDY: _l("there is only one study of it"),
        WhyNot.OTHER_MEASURES: _l("no two studies are known to measure the same thing"),
        WhyNot.OTHER_DESIGNS: _l("the studies compare in different ways"),
        WhyNot.OTHER_DIRECTIONS: _l("more is better in one of them and worse in another"),
        WhyNot.OTHER_SCALES: _l("their effects are numbers of different kinds"),
        WhyNot.NO_INTERVAL: _l("fewer than two of them have an interval to weigh them by"),
        WhyNot.NOT_SEPARATE: _l("they count the same place in the same source, so not separately"),
    }
)


@dataclass(frozen=True)
class Pool:
    """Effects of one measure: pooled, or with the reason why not."""

    rows: tuple[Evidence, ...]
    because: WhyNot | None = None

    @property
    def measure_key(self) -> str | None:
        """What all of them measure; None where no two are known to measure the same."""
        return None if self.because in NO_PAIR else self.rows[0].measure_key

    @property
    def used(self) -> tuple[Evidence, ...]:
        """The rows that have an interval to weigh them by."""
        return tuple(row for row in self.rows if study_of(row))

    @cached_property
    def pooled(self) -> Pooled | None:
        """What the studies say together, on the scale where effects add."""
        if self.because:
            return None
        return pool([study for row in self.used if (study := study_of(row))])

    @property
    def is_ratio(self) -> bool:
        """Whether the effects are ratios, pooled by their logarithms."""
        return self.rows[0].estimate_kind in RATIOS

    @property
    def mean(self) -> Interval | None:
        """The mean effect on the scale that readers see."""
        return self._told(self.pooled.mean) if self.pooled else None

    @property
    def prediction(self) -> Interval | None:
        """Where the effect of a next place lies; None where it is not known."""
        found = self.pooled.prediction if self.pooled else None
        return self._told(found) if found else None

    @property
    def family(self) -> Family | None:
        """How all of them compare."""
        return self.rows[0].family

    @property
    def may_regress(self) -> bool:
        """Whether part of the mean may be regression to the mean."""
        return any(row.may_regress for row in self.rows)

    def _told(self, found: Interval) -> Interval:
        return Interval(*(exp(value) for value in found)) if self.is_ratio else found


def study_of(row: Evidence) -> Study | None:
    """Effect and standard error on the scale where effects add; None without an interval.

    A ratio of counts has the error of Rothman, Greenland & Lash, Modern Epidemiology (2008),
    244, of its logarithm; another effect that of a normal 95 % interval.
    """
    point, low, high = row.estimate, row.low, row.high
    if point is None or low is None or high is None or row.estimate_kind is None:
        return None
    if row.estimate_kind not in RATIOS:
        se = (high - low) / (2 * Z)
        return Study(point, se) if se > 0 else None
    if row.estimate_kind is EstimateKind.PERCENT_CHANGE and not row.computed:
        point, low, high = (1 + value / 100 for value in (point, low, high))
    if min(point, low) <= 0:  # nothing has no logarithm
        return None
    if row.computed and row.before and row.after:
        return Study(log(point), (1 / row.before + 1 / row.after) ** 0.5)
    return Study(log(point), (log(high) - log(low)) / (2 * Z))


def pools_of(evidence: Sequence[Evidence]) -> list[Pool]:
    """The measured effects of a solution by measure: each pool, or why there is none."""
    rows = [row for row in evidence if row.kind == EvidenceKind.OUTCOME and row.grade]
    by_measure: dict[str, list[Evidence]] = defaultdict(list)
    for row in rows:
        if row.measure_key:
            by_measure[row.measure_key].append(row)
    found = [_pool(tuple(group)) for group in by_measure.values() if len(group) >= FEWEST]
    if not found and len(rows) == 1:
        return [Pool(tuple(rows), WhyNot.ONE_STUDY)]
    if not found and rows:
        return [Pool(tuple(rows), WhyNot.OTHER_MEASURES)]
    return found


def _pool(rows: tuple[Evidence, ...]) -> Pool:
    scales = {row.estimate_kind in RATIOS or row.estimate_kind for row in rows}
    separate = {(row.source_id, row.also_id, row.place_en) for row in rows}
    refusals = (
        (len({row.family for row in rows}) > 1 or rows[0].family is None, WhyNot.OTHER_DESIGNS),
        (len({row.better for row in rows}) > 1, WhyNot.OTHER_DIRECTIONS),
        (len(scales) > 1, WhyNot.OTHER_SCALES),
        (len(separate) < len(rows), WhyNot.NOT_SEPARATE),
        (sum(study_of(row) is not None for row in rows) < FEWEST, WhyNot.NO_INTERVAL),
    )
    return Pool(rows, next((reason for holds, reason in refusals if holds), None))


class IntervalSchema(Schema):
    """An estimate with both ends."""

    estimate = fields.Float()
    low = fields.Float()
    high = fields.Float()


class PoolSchema(Schema):
    """A pool as the API tells it; ratios after to before, spreads on their log scale."""

    measure_key = fields.String()
    studies = fields.Function(lambda pool: [row.slug for row in pool.rows])
    used = fields.Function(lambda pool: [row.slug for row in pool.used])
    not_pooled_because = Choice(WhyNot, attribute="because")
    is_ratio = fields.Boolean()
    family = Choice(Family)
    mean = fields.Nested(IntervalSchema)
    prediction = fields.Nested(IntervalSchema)
    tau2 = fields.Float(attribute="pooled.tau2")
    q = fields.Float(attribute="pooled.q")
    df = fields.Integer(attribute="pooled.df")
    p = fields.Float(attribute="pooled.p")
    i2 = fields.Float(attribute="pooled.i2")
    may_regress = fields.Boolean()
