"""Studies put together: published worked examples, and what must hold whatever the studies."""

from __future__ import annotations

from itertools import pairwise
from math import log, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.effects.effects import EstimateKind
from catalog.effects.pools import WhyNot, pools_of
from catalog.evidence import Evidence
from catalog.grading.studies import Better, Counting, Design, EvidenceKind
from catalog.pooling import Study, cochran_q, fixed, hartung_knapp, paule_mandel, pool, weighted

STUDIES = st.lists(st.builds(Study, st.floats(-5, 5), st.floats(0.01, 3)), min_size=2, max_size=12)
# Key comparison of laboratories: Kacker, Metrologia 41 (2004), 132, table 1.
KACKER = [
    Study(value, sqrt(variance))
    for value, variance in (
        (61.0, 0.2025),
        (61.4, 1.21),
        (62.21, 0.09),
        (62.3, 0.2025),
        (62.34, 0.3844),
        (62.6, 0.5625),
        (62.7, 0.0676),
        (62.84, 0.0225),
        (65.9, 1.8225),
    )
]
# BCG vaccine against tuberculosis: Colditz et al., JAMA 271 (1994), 698; log risk ratios.
BCG = [
    Study(
        log(ill / (ill + well) / (control_ill / (control_ill + control_well))),
        sqrt(1 / ill - 1 / (ill + well) + 1 / control_ill - 1 / (control_ill + control_well)),
    )
    for ill, well, control_ill, control_well in (
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    )
]


def test_the_laboratories_of_kacker_come_out_as_published():
    # metafor's rma(method="PM"), (method="FE") and (method="DL", test="knha"), kept in the tests of
    # statsmodels (results_meta.py); sqrt(tau2) = 0.8399 stands in Kacker's own table 1.
    tau2 = paule_mandel(KACKER)
    assert tau2 == pytest.approx(0.705395309224248, abs=1e-9)
    assert sqrt(tau2) == pytest.approx(0.8399, abs=6e-5)
    assert weighted(KACKER, tau2) == pytest.approx((62.4076199113286, 0.338030602684471))
    assert fixed(KACKER) == pytest.approx((62.5833970939982, 62.3720233953344, 62.7947707926621))
    whole = pool(KACKER)
    assert (whole.q, whole.p) == pytest.approx((24.801897741835, 0.00167935146372742))
    assert (whole.df, 100 * whole.i2) == (8, pytest.approx(67.744403741711))
    mean, se = hartung_knapp(KACKER, 0.288049246973751)  # the tau2 of DerSimonian & Laird
    assert (*mean, se) == pytest.approx(
        (62.3901386044504, 61.710383798052, 63.0698934108488, 0.29477605699879)
    )


def test_the_vaccine_trials_come_out_as_published():
    # metafor's tests against Stata's metan (test_comp_rma_uni of dat.bcg).
    assert [round(value, 4) for value in fixed(BCG)] == [-0.4303, -0.5097, -0.3509]
    assert round(cochran_q(BCG), 3) == 152.233
    assert round(100 * pool(BCG).i2, 4) == 92.1173
    mean, se = weighted(BCG, 0.3088)  # the tau2 of DerSimonian & Laird
    assert (round(mean, 4), round(mean / se, 2)) == (-0.7141, -4.0)


def test_a_prediction_interval_has_the_published_width():
    # Higgins, Thompson & Spiegelhalter (2009), formula 12: t with k - 2 on tau2 and the error.
    # Thirteen studies, so t is 2.201 (any table of t, 11 degrees of freedom).
    found = pool(BCG)
    assert found.prediction is not None
    half = found.prediction.high - found.prediction.estimate
    _mean, se = hartung_knapp(BCG, found.tau2)
    assert half == pytest.approx(2.201 * sqrt(found.tau2 + se**2), rel=1e-4)
    assert found.prediction.low < found.mean.low < found.mean.high < found.prediction.high
    assert pool(BCG[:2]).prediction is None


def test_studies_that_agree_do_not_differ():
    found = pool([Study(0.5, 0.1)] * 4)
    assert (found.tau2, found.i2, found.mean.estimate) == (0.0, 0.0, pytest.approx(0.5))


@pytest.mark.parametrize("studies", [[], [Study(1, 1)], [Study(1, 0), Study(2, 1)]])
def test_what_cannot_be_pooled_is_refused(studies):
    with pytest.raises(ValueError, match=r"study"):
        pool(studies)


@given(STUDIES, st.randoms(use_true_random=False))
def test_pooling_does_not_care_for_the_order(studies: list[Study], random: Random):
    shuffled = random.sample(studies, len(studies))
    for one, other in zip(pool(studies), pool(shuffled), strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-9) if one is not None else other is None


@given(STUDIES)
def test_more_data_never_widens_a_fixed_effect_interval(studies):
    widths = [fixed(studies[:k]) for k in range(1, len(studies) + 1)]
    for fewer, more in pairwise(widths):
        assert more.high - more.low <= (fewer.high - fewer.low) * (1 + 1e-12)


@given(STUDIES)
def test_the_pooled_mean_lies_among_the_studies_and_inside_its_intervals(studies):
    found = pool(studies)
    effects = [study.effect for study in studies]
    assert min(effects) - 1e-9 <= found.mean.estimate <= max(effects) + 1e-9
    assert found.mean.low <= found.mean.estimate <= found.mean.high
    assert found.tau2 >= 0
    assert 0 <= found.i2 < 1
    assert found.mean.high - found.mean.low >= (fixed(studies).high - fixed(studies).low) * 0.999


def sample(place: str, before: int, after: int, **more: object) -> Evidence:
    values: dict[str, object] = {
        "kind": EvidenceKind.OUTCOME,
        "measure_key": "sample-crashes",
        "better": Better.DOWN,
        "design": Design.BEFORE_AFTER,
        "counting": Counting.EVENTS,
        "estimate_kind": EstimateKind.RATIO,
        "exposure_equal": True,
        "mark": "verified",
        "place_en": place,
        "before": before,
        "after": after,
    }
    row = Evidence(**values | more)
    row.grade = row.rating.grade
    return row


def test_effects_are_pooled_only_where_design_measure_and_direction_agree():
    one, two, three = sample("a", 30, 15), sample("b", 60, 40), sample("c", 40, 22)
    (pooled,) = pools_of([one, two, three])
    assert pooled.because is None
    assert pooled.mean is not None
    assert 0.5 < pooled.mean.estimate < 0.67
    assert pooled.may_regress
    why = {
        WhyNot.ONE_STUDY: [one],
        WhyNot.OTHER_MEASURES: [one, sample("b", 9, 5, measure_key="other")],
        WhyNot.OTHER_DESIGNS: [one, sample("b", 9, 5, design=Design.MATCHED)],
        WhyNot.OTHER_DIRECTIONS: [one, sample("b", 9, 5, better=Better.UP)],
        WhyNot.NOT_SEPARATE: [one, sample("a", 9, 5)],
        WhyNot.NO_INTERVAL: [one, sample("b", 9, 0)],
        WhyNot.OTHER_SCALES: [
            one,
            sample(
                "b",
                9,
                5,
                exposure_equal=None,
                estimate_kind=EstimateKind.MINUTES,
                given_estimate=-1.0,
            ),
        ],
    }
    for because, rows in why.items():
        (found,) = pools_of(rows)
        assert (found.because, found.pooled) == (because, None)
    assert pools_of([]) == []
