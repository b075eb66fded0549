"""The selector: no budget is broken, nothing beaten is offered, and order does not matter."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.choosing.benefit import Direction, direction_of, low_points, points
from catalog.choosing.selector import Limits, Option, Package, Plan, lots, packages, shortfalls
from catalog.effects.effects import EstimateKind
from catalog.evidence import Better
from catalog.grading.grades import Grade

K = 1_000
AMOUNTS = st.integers(0, 60).map(lambda it: it * K)


@st.composite
def options(draw) -> list[Option]:
    count = draw(st.integers(0, 4))
    return [
        Option(
            slug=f"s{n}",
            points=draw(st.integers(0, 8)),
            low_points=draw(st.none() | st.integers(0, 8)),
            unit_won=draw(st.integers(1, 30)) * K,
            upkeep_won=draw(st.none() | AMOUNTS),
            wanted=draw(st.integers(1, 5)),
        )
        for n in range(count)
    ]


@st.composite
def limits(draw) -> Limits:
    return Limits(draw(AMOUNTS), draw(AMOUNTS), draw(st.none() | AMOUNTS))


def fits(package: Package, within: Limits) -> bool:
    national = package.national_won(within)
    local = package.cost_won - national
    upkeep = within.upkeep_won is None or package.known_upkeep_won <= within.upkeep_won
    return national <= within.national_won and national <= local <= within.local_won and upkeep


def every_package(of: list[Option]) -> list[Package]:
    choices = [[None, *lots(it)] for it in sorted(of, key=lambda it: it.slug)]
    taken = (tuple(line for line in lines if line) for lines in product(*choices))
    return [Package(Plan.MOST, lines) for lines in taken]


@given(options(), limits(), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_packages_fit_are_beaten_by_none_and_do_not_depend_on_order(found, within, random):
    told = packages(found, within)
    possible = [it for it in every_package(found) if fits(it, within)]
    for package in told:
        assert fits(package, within)
        assert not [it for it in possible if it.beats(package)]
    most = max((it.points for it in possible), default=0)
    assert (told[0].points if told else 0) == most
    shuffled = random.sample(found, len(found))
    assert packages(shuffled, within) == told == packages(found, within)
    assert bool(shortfalls(found, within)) == (bool(found) and len(possible) == 1)


def test_a_shortfall_says_how_much_of_which_limit_is_missing():
    poor = Limits(national_won=10 * K, local_won=15 * K, upkeep_won=K)
    dear = Option("dear", 4, None, unit_won=30 * K, upkeep_won=None, wanted=8)
    thirsty = Option("thirsty", 4, None, unit_won=5 * K, upkeep_won=3 * K, wanted=1)
    assert packages([dear, thirsty], poor) == []
    first, second = shortfalls([dear, thirsty], poor)
    assert (first.line.option, first.money_won, first.upkeep_won) == (thirsty, 0, 2 * K)
    assert (second.line.quantity, second.money_won, second.upkeep_won) == (2, 35 * K, 0)


def test_local_money_is_never_less_than_national_money():
    one = Option("one", 4, None, unit_won=1 * K, upkeep_won=None, wanted=40)
    (best, *_rest) = packages([one], Limits(national_won=30 * K, local_won=10 * K))
    assert best.cost_won == 20 * K
    assert best.national_won(Limits(30 * K, 10 * K)) == 10 * K


@pytest.mark.parametrize(
    ("kind", "estimate", "low", "high", "better", "told"),
    [
        (EstimateKind.RATIO, 0.47, 0.19, 1.10, Better.DOWN, Direction.UNSURE),
        (EstimateKind.RATIO, 0.66, 0.48, 0.89, Better.DOWN, Direction.CLEAR),
        (EstimateKind.PERCENT_CHANGE, 5.9, None, None, Better.UP, Direction.NO_INTERVAL),
        (EstimateKind.RATIO, 1.2, 0.9, 1.5, Better.DOWN, Direction.NONE),
        (EstimateKind.COUNT, 89661, None, None, Better.UP, Direction.UNKNOWN),
        (EstimateKind.MINUTES, -15, None, None, None, Direction.UNKNOWN),
    ],
)
def test_the_direction_of_an_effect_is_told_by_its_estimate_and_its_weaker_end(
    kind, estimate, low, high, better, told
):
    assert direction_of(kind, estimate, low, high, better) is told


def test_points_order_by_grade_and_never_reward_what_is_not_known():
    clear = [points(grade, Direction.CLEAR) for grade in Grade]
    assert clear == sorted(clear, reverse=True) == [8, 6, 4, 2]
    for grade in Grade:
        assert points(grade, Direction.NONE) == 0 < points(grade, Direction.UNKNOWN) == 1
        assert points(grade, Direction.UNSURE) == points(grade, Direction.NO_INTERVAL)
        assert low_points(grade, Direction.UNSURE) == 0
        assert low_points(grade, Direction.NO_INTERVAL) is None
    assert points(None, Direction.CLEAR) == 1
