"""The rubric: published points, caps and cut-offs that turn a record into its grade. Pure.

The rows below are what the page of the rubric shows; nothing else decides a grade. A new version
gets a new number and date, and a line in the decision that explains it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from catalog.grading.grades import Grade
from catalog.grading.studies import Counting, Design, EvidenceKind, Measurer
from common.locale import name_values

VERSION = "1"
EFFECTIVE_ON = date(2026, 11, 22)
CONTRADICTED_FROM = 0.5  # printed and computed change differ by this share of the computed one


class Criterion(StrEnum):
    """What points are given for."""

    DESIGN = "design"
    COUNTING = "counting"
    MEASURER = "measurer"
    INTERVAL = "interval"
    NUMBERS = "numbers"


class Unrated(StrEnum):
    """Why a record cannot be rated, which is a grade of its own."""

    NOT_FOUND = "not_found"
    NO_EFFECT = "no_effect"
    NO_NUMBER = "no_number"
    NO_DESIGN = "no_design"
    CONTRADICTED = "contradicted"
    BY_READER = "by_reader"


class Presence(StrEnum):
    """Whether something stands on the record."""

    KNOWN = "known"
    UNKNOWN = "unknown"


class Row(NamedTuple):
    """Points for one value of a criterion; None is *unknown*."""

    criterion: Criterion
    value: StrEnum | None
    points: int


class Cap(NamedTuple):
    """A best grade that no number of points lifts."""

    value: StrEnum
    grade: Grade


WITH_CONTROL, SOME_CONTROL, NO_CONTROL, ONE_PERIOD = 50, 35, 15, 10
DESIGN_POINTS = {
    Design.RANDOMISED: WITH_CONTROL,
    Design.EMPIRICAL_BAYES: WITH_CONTROL,
    Design.MATCHED: SOME_CONTROL,
    Design.CONTROL_AREAS: SOME_CONTROL,
    Design.META_ANALYSIS: SOME_CONTROL,
    Design.PANEL: SOME_CONTROL,
    Design.TIME_SERIES: SOME_CONTROL,
    Design.BEFORE_AFTER: NO_CONTROL,
    Design.TREND: NO_CONTROL,
    Design.OBSERVATIONAL: NO_CONTROL,
    Design.SINGLE_COUNT: ONE_PERIOD,
    Design.CENSUS: ONE_PERIOD,
    Design.REVIEW: NO_CONTROL,
    Design.EXPERIMENT: NO_CONTROL,
    Design.AUDIT: ONE_PERIOD,
    Design.STATISTICS: ONE_PERIOD,
    Design.SURVEY: 0,
    Design.CLAIM: 0,
    Design.FORECAST: 0,
}
COUNTING_POINTS = {
    Counting.EVENTS: 20,
    Counting.MEASUREMENT: 20,
    Counting.USE: 15,
    Counting.EXPOSURE: 10,
    Counting.SURVEY: 5,
    Counting.PASSING_BY: 0,
    Counting.CLAIM: 0,
    None: 0,
}
MEASURER_POINTS = {
    Measurer.INDEPENDENT: 10,
    Measurer.MINISTRY: 5,
    Measurer.CITY: 5,
    Measurer.VENDOR: 0,
    None: 0,
}
PRESENCE_POINTS = {Presence.KNOWN: 10, Presence.UNKNOWN: 0}
POINTS = (
    *(Row(Criterion.DESIGN, value, points) for value, points in DESIGN_POINTS.items()),
    *(Row(Criterion.COUNTING, value, points) for value, points in COUNTING_POINTS.items()),
    *(Row(Criterion.MEASURER, value, points) for value, points in MEASURER_POINTS.items()),
    *(Row(Criterion.INTERVAL, value, points) for value, points in PRESENCE_POINTS.items()),
    *(Row(Criterion.NUMBERS, value, points) for value, points in PRESENCE_POINTS.items()),
)
CUT_OFFS = {Grade.A: 70, Grade.B: 50, Grade.C: 30, Grade.D: 0}
CAPS = (
    Cap(Measurer.VENDOR, Grade.D),
    Cap(Counting.CLAIM, Grade.D),
    Cap(Counting.SURVEY, Grade.D),
    Cap(Design.CLAIM, Grade.D),
    Cap(Design.SURVEY, Grade.D),
    *(
        Cap(design, Grade.C)
        for design, points in DESIGN_POINTS.items()
        if points in (NO_CONTROL, ONE_PERIOD)
    ),
    *(Cap(it, Grade.B) for it, points in DESIGN_POINTS.items() if points == SOME_CONTROL),
)
NO_EFFECT = (EvidenceKind.FAILURE, EvidenceKind.PROBLEM_SIZE, EvidenceKind.FORECAST)
MOST_POINTS = WITH_CONTROL + 20 + 10 + 10 + 10

name_values(
    {
        Criterion.DESIGN: _l("Design"),
        Criterion.COUNTING: _l("Way of counting"),
        Criterion.MEASURER: _l("Who measured"),
        Criterion.INTERVAL: _l("Interval of the effect"),
        Criterion.NUMBERS: _l("Both numbers to work it out again"),
        Unrated.NOT_FOUND: _l("it was looked for and not found"),
        Unrated.NO_EFFECT: _l("it is a fault, a problem or a forecast, not a measured effect"),
        Unrated.NO_NUMBER: _l("no number of the effect was read"),
        Unrated.NO_DESIGN: _l("the design of the study is not known"),
        Unrated.CONTRADICTED: _l("the source prints a change far from what its own numbers give"),
        Unrated.BY_READER: _l("whoever read the source found that it cannot be rated"),
        Presence.KNOWN: _l("known"),
        Presence.UNKNOWN: _l("unknown"),
    }
)


class Study(NamedTuple):
    """What the rubric looks at in a record."""

    kind: EvidenceKind
    design: Design | None = None
    counting: Counting | None = None
    measured_by: Measurer | None = None
    has_number: bool = True
    has_interval: bool = False
    has_numbers: bool = False
    is_missing: bool = False
    is_contradicted: bool = False
    is_refused_by_reader: bool = False


class Rating(NamedTuple):
    """A grade with the rows that gave it; without a grade the reason that it cannot be rated."""

    grade: Grade | None
    points: int
    rows: tuple[Row, ...]
    cap: Cap | None
    because: Unrated | None


def rate(study: Study) -> Rating:
    """The grade of `study` by the rows above."""
    because = _why_unrated(study)
    if because:
        return Rating(None, 0, (), None, because)
    rows = _rows_of(study)
    points = sum(row.points for row in rows)
    earned = next(grade for grade, least in CUT_OFFS.items() if points >= least)
    cap = cap_of(study.design, study.counting, study.measured_by)
    capped = cap if cap and cap.grade > earned else None
    return Rating(capped.grade if capped else earned, points, rows, capped, None)


def cap_of(*values: StrEnum | None) -> Cap | None:
    """The strictest cap on any of `values`."""
    found = [cap for cap in CAPS for value in values if cap.value is value]
    return max(found, key=lambda cap: cap.grade, default=None)


def _why_unrated(study: Study) -> Unrated | None:
    reasons = (
        (study.is_missing, Unrated.NOT_FOUND),
        (study.kind in NO_EFFECT, Unrated.NO_EFFECT),
        (study.is_refused_by_reader, Unrated.BY_READER),
        (study.design is None, Unrated.NO_DESIGN),
        (not study.has_number, Unrated.NO_NUMBER),
        (study.is_contradicted, Unrated.CONTRADICTED),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _rows_of(study: Study) -> tuple[Row, ...]:
    known = {True: Presence.KNOWN, False: Presence.UNKNOWN}
    values = {
        Criterion.DESIGN: study.design,
        Criterion.COUNTING: study.counting,
        Criterion.MEASURER: study.measured_by,
        Criterion.INTERVAL: known[study.has_interval],
        Criterion.NUMBERS: known[study.has_numbers],
    }
    return tuple(
        row for row in POINTS if row.criterion in values and row.value is values[row.criterion]
    )
