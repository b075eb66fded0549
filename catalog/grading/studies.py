"""Studies: the words that say what was measured, how it was compared and counted, and by whom."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from common.locale import name_values


class EvidenceKind(StrEnum):
    """What a number says about a solution."""

    OUTCOME = "outcome"
    SIDE_EFFECT = "side_effect"
    OUTPUT = "output"
    SATISFACTION = "satisfaction"
    FAILURE = "failure"
    PROBLEM_SIZE = "problem_size"
    FORECAST = "forecast"


class Design(StrEnum):
    """How the comparison was made."""

    RANDOMISED = "randomised"
    EMPIRICAL_BAYES = "empirical_bayes"
    MATCHED = "matched"
    CONTROL_AREAS = "control_areas"
    TIME_SERIES = "time_series"
    BEFORE_AFTER = "before_after"
    TREND = "trend"
    SINGLE_COUNT = "single_count"
    SURVEY = "survey"
    CENSUS = "census"
    REVIEW = "review"
    META_ANALYSIS = "meta_analysis"
    EXPERIMENT = "experiment"
    STATISTICS = "statistics"
    CLAIM = "claim"
    FORECAST = "forecast"
    PANEL = "panel"
    OBSERVATIONAL = "observational"
    AUDIT = "audit"


CONTROLLED = {Design.RANDOMISED, Design.EMPIRICAL_BAYES, Design.MATCHED, Design.CONTROL_AREAS}
WITHOUT_CONTROL = {Design.BEFORE_AFTER, Design.TREND}


class Counting(StrEnum):
    """How the thing was counted; passing by is never use."""

    USE = "use"
    EXPOSURE = "exposure"
    PASSING_BY = "passing_by"
    SURVEY = "survey"
    EVENTS = "events"
    CLAIM = "claim"
    MEASUREMENT = "measurement"


class Measurer(StrEnum):
    """Who measured; None where the source does not say."""

    VENDOR = "vendor"
    CITY = "city"
    MINISTRY = "ministry"
    INDEPENDENT = "independent"


class Compared(StrEnum):
    """What the numbers `before` and `after` were taken from."""

    TIMES = "times"
    GROUPS = "groups"


class Family(StrEnum):
    """Designs that may be pooled with each other, and with no others."""

    TRIAL = "trial"
    CONTROLLED = "controlled"
    UNCONTROLLED = "uncontrolled"


class Finding(StrEnum):
    """What a result comes to: a null or bad one is as much of a finding as a good one."""

    BETTER = "better"
    WORSE = "worse"
    OPEN = "open"
    FAILED = "failed"


class Better(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"


# One call for each: members of two enums are equal when their values are, and so are their keys.
name_values(
    {
        EvidenceKind.OUTCOME: _l("Effect"),
        EvidenceKind.SIDE_EFFECT: _l("Side effect"),
        EvidenceKind.OUTPUT: _l("Amount of use or output"),
        EvidenceKind.SATISFACTION: _l("Satisfaction"),
        EvidenceKind.FAILURE: _l("Failure or ended service"),
        EvidenceKind.PROBLEM_SIZE: _l("Size of the problem"),
        EvidenceKind.FORECAST: _l("Forecast"),
    }
)
name_values(
    {
        Design.RANDOMISED: _l("randomised trial"),
        Design.EMPIRICAL_BAYES: _l("empirical Bayes before-after with controls"),
        Design.MATCHED: _l("matched control group"),
        Design.CONTROL_AREAS: _l("control areas"),
        Design.TIME_SERIES: _l("time series"),
        Design.BEFORE_AFTER: _l("before-after without control"),
        Design.TREND: _l("trend"),
        Design.SINGLE_COUNT: _l("count of one period"),
        Design.SURVEY: _l("survey"),
        Design.CENSUS: _l("full count"),
        Design.REVIEW: _l("review of studies"),
        Design.META_ANALYSIS: _l("meta-analysis"),
        Design.EXPERIMENT: _l("experiment"),
        Design.STATISTICS: _l("statistics"),
        Design.CLAIM: _l("claim"),
        Design.FORECAST: _l("forecast"),
        Design.PANEL: _l("panel data"),
        Design.OBSERVATIONAL: _l("observation"),
        Design.AUDIT: _l("audit"),
    }
)
name_values(
    {
        Counting.USE: _l("uses"),
        Counting.EXPOSURE: _l("exposure"),
        Counting.PASSING_BY: _l("passers-by"),
        Counting.SURVEY: _l("answers to a survey"),
        Counting.EVENTS: _l("events"),
        Counting.CLAIM: _l("claimed"),
        Counting.MEASUREMENT: _l("measured"),
    }
)
name_values(
    {
        Better.UP: _l("more is better"),
        Better.DOWN: _l("less is better"),
    }
)
name_values(
    {
        Measurer.VENDOR: _l("the vendor"),
        Measurer.CITY: _l("the municipality that runs it"),
        Measurer.MINISTRY: _l("a ministry or what belongs to it"),
        Measurer.INDEPENDENT: _l("an independent body"),
        Compared.TIMES: _l("before and after"),
        Compared.GROUPS: _l("control and treated"),
        Finding.BETTER: _l("got better"),
        Finding.WORSE: _l("got worse"),
        Finding.OPEN: _l("no clear change"),
        Finding.FAILED: _l("failed or ended"),
        Family.TRIAL: _l("randomised"),
        Family.CONTROLLED: _l("with a control group"),
        Family.UNCONTROLLED: _l("without a control group"),
    }
)


def family_of(design: Design | None) -> Family | None:
    """The family of `design`; None for a design that compares nothing."""
    if design is Design.RANDOMISED:
        return Family.TRIAL
    if design in CONTROLLED:
        return Family.CONTROLLED
    return Family.UNCONTROLLED if design in WITHOUT_CONTROL else None
