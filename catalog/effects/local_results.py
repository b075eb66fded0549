"""Local results: approved outcomes of the rollout, told as evidence is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from marshmallow import fields

from catalog.effects.effects import Effect, Estimated, EstimateKind
from catalog.grading.grades import Grade
from catalog.grading.rubric import cap_of
from catalog.grading.studies import Better, Counting, Design, EvidenceKind
from catalog.indicators import Indicator, IndicatorKind
from catalog.sources import Mark, Source
from common.locale import number, word
from common.schema import Choice, Ref, Said, Schema


def grade_for(design: Design, counting: Counting) -> Grade:
    """The grade of a local result by the caps of the rubric of all evidence.

    The rollout has no control groups, so a local result is C, or D for a survey or a claim.
    """
    cap = cap_of(design, counting)
    return cap.grade if cap else Grade.C


def regression_to_the_mean() -> str:
    """What every before-after without control has to say."""
    sentence: str = _(
        "Before and after without a control group: a place that is chosen after a bad year gets "
        "better by itself (regression to the mean), so part of the change may be no effect."
    )
    return sentence


@dataclass(frozen=True)
class LocalResult(Estimated):
    """One approved measurement against its approved baseline, at one site."""

    slug: str
    site: str
    deployment: str
    indicator: Indicator
    counting: Counting
    before: float
    after: float
    before_of: float | None
    after_of: float | None
    effect: Effect
    place_ko: str
    place_en: str
    periods: tuple[str, str]
    recorded_by: Any
    on: Any

    design = Design.BEFORE_AFTER
    mark = Mark.REPORTED
    headline = False
    country = "KR"
    source: Source | None = None
    also: Source | None = None
    printed_ko = printed_en = sample_ko = sample_en = None
    no_grade_because_ko = no_grade_because_en = None

    @property
    def kind(self) -> EvidenceKind:
        """What the number says about the solution; uses and passers-by are output."""
        if self.counting is Counting.SURVEY and self.indicator.kind is IndicatorKind.PROPORTION:
            return EvidenceKind.SATISFACTION
        if self.indicator.of_use or self.counting in (Counting.USE, Counting.PASSING_BY):
            return EvidenceKind.OUTPUT
        return EvidenceKind.OUTCOME

    @property
    def grade(self) -> Grade:
        """The grade by the rubric of all evidence."""
        return grade_for(self.design, self.counting)

    @property
    def measure_ko(self) -> str:
        """What was measured."""
        return self.indicator.name_ko

    @property
    def measure_en(self) -> str:
        """What was measured."""
        return self.indicator.name_en

    @property
    def better(self) -> Better | None:
        """Which way is good."""
        return self.indicator.better

    @property
    def computed(self) -> Effect:
        """The effect, which is always worked out here."""
        return self.effect

    @property
    def estimate_kind(self) -> EstimateKind:
        """What the estimate is a number of."""
        return self.effect.kind

    @property
    def estimate(self) -> float | None:
        """The estimate."""
        return self.effect.estimate

    @property
    def low(self) -> float | None:
        """The low end of the 95 % interval; None where there is none."""
        return self.effect.low

    @property
    def high(self) -> float | None:
        """The high end of the 95 % interval; None where there is none."""
        return self.effect.high

    @property
    def period_ko(self) -> str:
        """Both periods, before and after."""
        return " → ".join(self.periods)

    period_en = period_ko

    @property
    def result_ko(self) -> str:
        """Both counts, with the change where it is no ratio."""
        counts = " → ".join(
            number(value) if of is None else f"{number(value)}/{number(of)}"
            for value, of in ((self.before, self.before_of), (self.after, self.after_of))
        )
        return counts if self.ratio else f"{counts} ({change_in_words(self.effect)})"

    result_en = result_ko

    @property
    def no_interval_because_ko(self) -> str | None:
        """Why there is no interval, in the reader's language."""
        return word(self.effect.because) or None

    no_interval_because_en = no_interval_because_ko

    @property
    def caution_ko(self) -> str:
        """What one has to know before trusting the number, in the reader's language."""
        return caution_of(self.effect)

    caution_en = caution_ko


def caution_of(effect: Effect) -> str:
    """What one has to know of a before-after before trusting it, in the reader's language."""
    first = []
    if effect.low is not None and effect.high is not None:
        is_ratio = effect.kind is EstimateKind.RATIO
        if is_ratio and effect.low < 1 < effect.high:
            first = [_("The interval crosses 1, so a change cannot be taken as certain.")]
        elif not is_ratio and effect.low < 0 < effect.high:
            first = [_("The interval holds 0, so a change cannot be taken as certain.")]
    return " ".join([*first, regression_to_the_mean()])


def change_in_words(effect: Effect) -> str:
    """The change with its interval, for example +12.0 pp [+3.1, +20.9]."""
    if effect.estimate is None:
        return word(effect.because)
    sign = "" if effect.kind is EstimateKind.RATIO else "+"
    text = f"{effect.estimate:{sign}.2f}"
    if effect.kind is EstimateKind.RATIO:
        text = _("%(ratio)s×", ratio=text)  # noqa: RUF001 - the sign of multiplication is meant
    elif effect.kind is EstimateKind.PERCENTAGE_POINTS:
        text = _("%(number)s pp", number=text)
    if effect.low is None or effect.high is None:
        return text
    return f"{text} [{effect.low:{sign}.2f}, {effect.high:{sign}.2f}]"


class LocalResultSchema(Schema):
    """A local result as the API tells it beside the evidence."""

    slug = fields.String()
    site = fields.String()
    deployment = fields.String()
    indicator = Ref(Indicator)
    kind = Choice(EvidenceKind)
    measure = Said()
    counting = Choice(Counting)
    design = Choice(Design)
    grade = Choice(Grade)
    before = fields.Float()
    before_of = fields.Float()
    after = fields.Float()
    after_of = fields.Float()
    estimate_kind = Choice(EstimateKind)
    estimate = fields.Float()
    low = fields.Float()
    high = fields.Float()
    no_interval_because = Said()
    result = Said()
    place = Said()
    period = Said()
    caution = Said()
    mark = Choice(Mark)
