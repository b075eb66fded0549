"""Choice: the solutions that may answer to what was wished, the packages of them, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from statistics import median_low
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from catalog.choosing.benefit import Direction, direction_of, low_points, points
from catalog.choosing.coaches import Near, TownKind, nearest
from catalog.choosing.selector import (
    STEP_WON,
    Limits,
    Line,
    Option,
    Package,
    Shortfall,
    packages,
    shortfalls,
)
from catalog.choosing.wishes import facts_of
from catalog.conditions import Bearing, Condition, Verdict, judge
from catalog.costing.summaries import CostSummary, cost_summary
from catalog.effects.headlines import Headline, headlines_of
from catalog.evidence import EvidenceKind
from catalog.experiences import Experience
from catalog.problems import Problem
from catalog.solutions import Solution, rollout, solutions_to_choose
from common.db import db
from common.facts import When
from common.locale import name_values

NEAREST = 3
TOLD_FIRST = ("installed", "revised", "planned")  # of the quantities of a site, the first counts


class Standing(StrEnum):
    """Why a solution is or is not among those that packages are made of."""

    OPEN = "open_to_choice"
    EXISTING = "already_there"
    EXCLUDED = "ruled_out"
    NO_EFFECT = "found_without_effect"
    NO_COST = "cost_not_known"


name_values(
    {
        Standing.OPEN: _l("It may be chosen, but others bring more for the money"),
        Standing.EXISTING: _l("Already there"),
        Standing.EXCLUDED: _l("Ruled out by a condition of the place"),
        Standing.NO_EFFECT: _l("Measured, and found no better than before"),
        Standing.NO_COST: _l("Kept: its cost is not known"),
    }
)


@dataclass(frozen=True)
class Judged:
    """A condition of a solution, and what the facts of the place say of it."""

    condition: Condition
    verdict: Verdict


@dataclass(frozen=True)
class Candidate:
    """A solution that deals with a problem that was named, and what is known of it here."""

    solution: Solution
    problems: list[tuple[Problem, int]]
    headline: Headline | None
    cost: CostSummary
    judged: list[Judged]
    existing: bool
    asked_for: int | None
    adoptions: list[Any]
    peers: list[Near]
    coaches: list[Near]

    @property
    def weight(self) -> int:
        """The weights of its problems together."""
        return sum(weight for _problem, weight in self.problems)

    @cached_property
    def direction(self) -> Direction:
        """Which way its headline effect goes; use and satisfaction are no effect."""
        it = self.headline
        if it is None or it.evidence.kind is not EvidenceKind.OUTCOME:
            return Direction.UNKNOWN
        return direction_of(it.estimate_kind, it.estimate, it.low, it.high, it.better)

    @property
    def grade(self) -> Any:
        """The grade of its headline effect."""
        return self.headline.grade if self.headline else None

    @property
    def quantities(self) -> list[int]:
        """How many the sites of the rounds have or plan, as far as number and unit are known."""
        found = []
        for it in self.adoptions:
            told = [it.quantities[stage].value for stage in TOLD_FIRST if stage in it.quantities]
            if told and told[0] and it.unit != "unknown":
                found.append(told[0])
        return found

    @property
    def wanted(self) -> int:
        """How many are wanted: as asked, else the median of the known sites, else one."""
        if self.asked_for:
            return self.asked_for
        return median_low(self.quantities) if self.quantities else 1

    @property
    def broken(self) -> list[Judged]:
        """The conditions that the place does not meet."""
        return [it for it in self.judged if it.verdict is Verdict.BROKEN]

    @property
    def disqualifiers(self) -> list[Judged]:
        """Those of them that rule the solution out."""
        return [it for it in self.broken if it.condition.bearing is Bearing.EXCLUDES]

    @property
    def unknown(self) -> list[Judged]:
        """The rules that cannot be applied, because the fact of the place is not known."""
        return [it for it in self.judged if it.verdict is Verdict.UNKNOWN]

    @property
    def to_check(self) -> list[Judged]:
        """The conditions that only a person can check."""
        return [it for it in self.judged if it.verdict is Verdict.TO_CHECK]

    @property
    def standing(self) -> Standing:
        """Whether packages are made of it, and why not."""
        if self.existing:
            return Standing.EXISTING
        if self.disqualifiers:
            return Standing.EXCLUDED
        if self.direction is Direction.NONE:
            return Standing.NO_EFFECT
        return Standing.OPEN if self.cost.median_won else Standing.NO_COST

    @property
    def option(self) -> Option:
        """Itself as the selector takes it; the unit cost is rounded up."""
        low = low_points(self.grade, self.direction)
        return Option(
            slug=self.solution.slug,
            points=self.weight * points(self.grade, self.direction),
            low_points=None if low is None else self.weight * low,
            unit_won=-(-(self.cost.median_won or 0) // STEP_WON) * STEP_WON,
            upkeep_won=self.cost.upkeep_won_per_year,
            wanted=self.wanted,
        )


@dataclass(frozen=True)
class Part:
    """One line of a package, with the candidate that it is of."""

    line: Line
    candidate: Candidate

    @property
    def high_won(self) -> int:
        """What it costs at the dearest unit cost on record."""
        return max(self.line.quantity * (self.candidate.cost.high_won or 0), self.line.cost_won)


@dataclass(frozen=True)
class Offer:
    """A package with its parts in order of points, and what is left of the money."""

    package: Package
    limits: Limits
    parts: list[Part]

    @property
    def national_won(self) -> int:
        """The national part of its money."""
        return self.package.national_won(self.limits)

    @property
    def local_won(self) -> int:
        """The local part of its money."""
        return self.package.cost_won - self.national_won

    @property
    def left_won(self) -> int:
        """What may still be spent."""
        return self.limits.total_won - self.package.cost_won

    @property
    def high_won(self) -> int:
        """What it costs where each unit costs what the dearest on record did."""
        return sum(it.high_won for it in self.parts)

    @property
    def over_won(self) -> int:
        """By how much that is more than there is."""
        return max(self.high_won - self.limits.total_won, 0)

    @property
    def low_unknown(self) -> int:
        """Of how many parts the low end of the effect is not known."""
        return sum(it.line.option.low_points is None for it in self.parts)

    @property
    def quantities(self) -> list[tuple[str, int]]:
        """What it is made of, to be held against another one."""
        return sorted((it.line.option.slug, it.line.quantity) for it in self.parts)


@dataclass(frozen=True)
class Choice:
    """What can be chosen for a wish."""

    limits: Limits
    candidates: list[Candidate]
    offers: list[Offer]
    shortfalls: list[Shortfall]
    unrecorded: list[Solution]  # of which nobody wrote down what they deal with

    @property
    def others(self) -> list[Candidate]:
        """The candidates that no package holds."""
        held = {part.candidate.solution.slug for it in self.offers for part in it.parts}
        return [it for it in self.candidates if it.solution.slug not in held]

    @property
    def surest(self) -> Offer | None:
        """The offer with most points if every effect is at its low end."""
        known = [it for it in self.offers if it.package.low_points]
        return max(known, key=lambda it: it.package.low_points, default=None)

    @property
    def unrecorded_slugs(self) -> list[str]:
        """The short names of those of which nobody wrote down what they deal with."""
        return [it.slug for it in self.unrecorded]


def choose(wish: Mapping[str, Any]) -> Choice:
    """Candidates and packages for `wish`, which WishFilters checked; same wish, same answer."""
    loaded = (selectinload(Solution.problems), selectinload(Solution.conditions))
    solutions = db.session.scalars(solutions_to_choose().options(*loaded)).all()
    asked = {it.id for it, _weight in wish["problem"]}
    meant = [it for it in solutions if asked & {problem.id for problem in it.problems}]
    candidates = candidates_of(meant, wish)
    limits = Limits(wish["national_won"], wish["local_won"], wish.get("upkeep_won"))
    options = [it.option for it in candidates if it.standing is Standing.OPEN]
    by_slug = {it.solution.slug: it for it in candidates}
    offers = []
    for package in packages(options, limits):
        parts = [Part(line, by_slug[line.option.slug]) for line in package.lines]
        parts.sort(key=lambda it: (-it.line.option.points, it.line.option.slug))
        offers.append(Offer(package, limits, parts))
    unrecorded = [it for it in solutions if not it.problems]
    return Choice(limits, candidates, offers, shortfalls(options, limits), unrecorded)


def candidates_of(solutions: Sequence[Solution], wish: Mapping[str, Any]) -> list[Candidate]:
    """What is known of each of `solutions` for `wish`; a fixed number of statements."""
    headlines, costs = headlines_of(solutions), cost_summary(solutions)
    when = When.of(wish.get("as_of"), wish.get("known_on"))
    adoptions, residents = rollout().adoptions(solutions, when), rollout().residents(when)
    experiences = experiences_of(solutions)
    facts, weights = facts_of(wish), {it.id: weight for it, weight in wish["problem"]}
    existing = {it.id for it in wish.get("existing", ())}
    wanted = {it.id: number for it, number in wish.get("wanted", ())}
    like = {"population": wish.get("population"), "kind": wish.get("town_kind")}
    return [
        Candidate(
            solution=it,
            problems=[(one, weights[one.id]) for one in it.problems if one.id in weights],
            headline=headlines.get(it.slug),
            cost=costs[it.slug],
            judged=[Judged(one, judge(one, facts)) for one in it.conditions],
            existing=it.id in existing,
            asked_for=wanted.get(it.id),
            adoptions=adoptions.get(it.slug, []),
            peers=nearest(adoptions.get(it.slug, []), _of_site, residents, **like)[:NEAREST],
            coaches=nearest(experiences[it.id], _of_experience, residents, **like)[:NEAREST],
        )
        for it in solutions
    ]


def experiences_of(solutions: Sequence[Solution]) -> dict[int, list[Experience]]:
    """Who has experience of each of `solutions`, by its id."""
    found: dict[int, list[Experience]] = {it.id: [] for it in solutions}
    query = select(Experience).where(Experience.solution_id.in_(found)).order_by(Experience.id)
    for it in db.session.scalars(query):
        found[it.solution_id or 0].append(it)
    return found


def coaches_of(
    solution: Solution,
    population: int | None = None,
    kind: TownKind | None = None,
    when: When | None = None,
) -> list[Near]:
    """Who has experience of `solution`, nearest to such a place first."""
    told = experiences_of([solution])[solution.id]
    residents = rollout().residents(when or When.of())
    return nearest(told, _of_experience, residents, population=population, kind=kind)


def _of_site(adoption: Any) -> Any:
    return adoption.site.municipality.organisation


def _of_experience(experience: Experience) -> Any:
    return experience.organisation
