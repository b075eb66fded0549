"""Two counts held against each other, and where the result lies on the forest plot."""

from __future__ import annotations

from math import inf, isclose, log10

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from catalog.effects.effects import Sample, change_of_counts
from catalog.effects.forest import AXIS_HIGH, AXIS_LOW, TICKS, position
from catalog.effects.rates import Mean, mean_difference, rate_ratio, share_difference, wilson

BEFORE = st.integers(1, 5000)
AFTER = st.integers(0, 5000)
YEARS = st.floats(0.1, 50)
RATIOS = st.floats(1e-6, 1e6)


@pytest.mark.parametrize(
    ("before", "after", "years", "published"),
    [
        # Crashes at the crossings of Seongdong-gu (19 to 9) and Busan (114 to 75), as the evidence
        # prints them; the low end of the second is 0.4849, rounded twice it would be 0.49.
        (19, 9, (3, 3), (0.474, 0.19, 1.10)),
        (114, 75, (1, 1), (0.66, 0.485, 0.89)),
        # Breast cancer after fluoroscopy: Boice & Monson (1977) in Rothman, Greenland & Lash,
        # Modern Epidemiology (2008), 244; exact interval of `iri 41 15 28010 19017` in Stata.
        (15, 41, (19017, 28010), (1.855759, 1.005684, 3.6093)),
        # Lung cancer in four Danish cities: Andersen (1977), eba1977 in Dalgaard's ISwR; the
        # example of poisson.test in R.
        (21, 11, (3011, 800), (1.971488, 0.8584264, 4.2772659)),
    ],
)
def test_published_ratios_come_out_with_their_intervals(before, after, years, published):
    found = rate_ratio(before, after, years_before=years[0], years_after=years[1])
    digits = [len(str(value).partition(".")[2]) for value in published]
    assert [round(value, n) for value, n in zip(found, digits, strict=True)] == list(published)


def test_nineteen_to_nine_leaves_open_whether_anything_changed():
    found = rate_ratio(19, 9)
    assert found.low < 1 < found.high


def test_a_hundred_and_fourteen_to_seventy_five_is_a_fall():
    assert rate_ratio(114, 75).high < 1


@given(BEFORE, AFTER, YEARS, YEARS)
def test_the_interval_holds_the_estimate(before, after, years_before, years_after):
    found = rate_ratio(before, after, years_before=years_before, years_after=years_after)
    assert 0 <= found.low <= found.estimate <= found.high


@given(BEFORE, st.integers(1, 5000))
def test_turned_round_it_is_the_inverse(before, after):
    there, back = rate_ratio(before, after), rate_ratio(after, before)
    assert isclose(there.estimate * back.estimate, 1, rel_tol=1e-9)
    assert isclose(there.low * back.high, 1, rel_tol=1e-6)


@given(BEFORE, AFTER, YEARS)
def test_twice_the_time_after_halves_the_ratio(before, after, years):
    once = rate_ratio(before, after, years_before=years, years_after=years)
    twice = rate_ratio(before, after, years_before=years, years_after=2 * years)
    assert isclose(twice.estimate * 2, once.estimate, rel_tol=1e-9)
    assert isclose(twice.high * 2, once.high, rel_tol=1e-9)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(2, 10))
def test_more_of_the_same_counts_makes_it_surer(before, after, times):
    few, many = rate_ratio(before, after), rate_ratio(before * times, after * times)
    assert few.low < many.low
    assert many.high < few.high


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_each_end_leaves_two_and_a_half_per_cent_outside(before, after):
    found = rate_ratio(before, after)
    low, high = (end / (1 + end) for end in (found.low, found.high))
    assert isclose(binom.sf(after - 1, before + after, low), 0.025, rel_tol=1e-4)
    assert isclose(binom.cdf(after, before + after, high), 0.025, rel_tol=1e-4)


@given(BEFORE)
def test_nothing_left_is_a_ratio_of_zero_with_an_upper_end(before):
    found = rate_ratio(before, 0)
    assert (found.estimate, found.low) == (0, 0)
    assert 0 < found.high < inf


@pytest.mark.parametrize(
    ("before", "after", "years"),
    [
        (0, 5, (1, 1)),
        (0, 0, (1, 1)),
        (-1, 5, (1, 1)),
        (5, -1, (1, 1)),
        (5, 5, (0, 1)),
        (5, 5, (1, 0)),
    ],
)
def test_counts_and_times_that_make_no_ratio_are_refused(before, after, years):
    with pytest.raises(ValueError, match="negative"):
        rate_ratio(before, after, years_before=years[0], years_after=years[1])


@given(RATIOS)
def test_every_ratio_lies_on_the_axis(ratio):
    assert 0 <= position(ratio) <= 100


@given(RATIOS, RATIOS)
def test_a_larger_ratio_never_lies_further_left(one, other):
    low, high = sorted((one, other))
    assert position(low) <= position(high)


@given(st.floats(AXIS_LOW, AXIS_HIGH / 2))
def test_twice_the_ratio_is_the_same_step_everywhere(ratio):
    step = 100 * log10(2) / log10(AXIS_HIGH / AXIS_LOW)
    assert position(2 * ratio) - position(ratio) == pytest.approx(step, abs=0.02)


def test_the_ends_of_the_axis_are_its_ends():
    assert (position(AXIS_LOW), position(AXIS_HIGH)) == (0, 100)
    assert all(0 <= position(tick) < 100 for tick in TICKS)


@pytest.mark.parametrize(
    ("count", "of", "published"),
    # Newcombe, Statistics in Medicine 17 (1998), 857, table I, method 3 (Wilson).
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611))],
)
def test_published_shares_come_out_with_their_intervals(count, of, published):
    found = wilson(count, of)
    assert (round(found.low, 4), round(found.high, 4)) == published


@pytest.mark.parametrize(
    ("first", "second", "published"),
    # Newcombe, Statistics in Medicine 17 (1998), 873, table II, method 10.
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ],
)
def test_published_differences_of_shares_come_out(first, second, published):
    found = share_difference(*second, *first)
    assert (round(found.low, 4), round(found.high, 4)) == published


def test_the_published_difference_of_means_comes_out():
    # Student's sleep data (Biometrika 6 (1908), 20), two groups of ten; t.test of R, Welch:
    # 95 percent confidence interval -3.3654832 to 0.2054832 for the first less the second.
    found = mean_difference(Mean(0.75, 1.7890097, 10), Mean(2.33, 2.0022487, 10))
    assert found.estimate == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((-0.2054832, 3.3654832), abs=1e-5)


PAIRS = st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(PAIRS, PAIRS)
def test_a_difference_of_shares_lies_in_its_interval_and_turns_round(before, after):
    there, back = share_difference(*before, *after), share_difference(*after, *before)
    assert -1 - 1e-9 <= there.low <= there.estimate <= there.high <= 1 + 1e-9
    assert isclose(there.low, -back.high, abs_tol=1e-9)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e5), st.integers(2, 10**6), st.floats(-1e6, 1e6))
def test_a_difference_of_means_lies_in_its_interval(mean, sd, n, other):
    found = mean_difference(Mean(mean, sd, n), Mean(other, sd, n))
    assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize("wrong", [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(wrong):
    with pytest.raises(ValueError, match="whole"):
        wilson(*wrong)


@pytest.mark.parametrize("wrong", [Mean(1, 1, 1), Mean(1, -1, 5)])
def test_what_is_no_sample_is_refused(wrong):
    with pytest.raises(ValueError, match="two values"):
        mean_difference(wrong, Mean(1, 1, 5))


@given(BEFORE, AFTER, YEARS, YEARS)
def test_an_effect_is_the_very_interval_of_the_rates(before, after, years, later):
    effect = change_of_counts(Sample(before, years), Sample(after, later))
    found = rate_ratio(before, after, years_before=years, years_after=later)
    assert (effect.estimate, effect.low, effect.high) == found
