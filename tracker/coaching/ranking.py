"""Ranking: which coach fits a site, by a formula that can be read and followed by hand.

points = 100 * (0.40 experience + 0.25 similarity + 0.20 distance + 0.15 load)

Each part goes from 0 to 1. A part of which nothing is known counts 0.5, the middle, and is shown
as unknown: a coach gains nothing by not telling, and loses nothing by what nobody asked.

- experience: (0.5 + 0.5 breadth) * depth. Breadth is the share of the solutions sought that the
  coach has experience of; depth is 0.5 + 0.5 min(years, 5) / 5 for the one it knows longest, 0.5
  where the year is unknown. None of them sought: 0.
- similarity: the mean of what is known of: population, 1 - |ln(ours / theirs)| / ln(10), at least
  0; the same kind of municipality, 1 or 0; the same province, 1 or 0; the share of the site's
  solutions that the coach runs itself. An agency is not compared.
- distance: 1 - km / 300, at least 0, between the halls on a sphere.
- load: 1 - minutes still due per month / capacity per month, at least 0.

Points are rounded to tenths; equal points stand in the order of the short name, so the same facts
always give the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import asin, cos, log, radians, sin, sqrt

WEIGHTS = {"experience": 40, "similarity": 25, "distance": 20, "load": 15}
MIDDLE = 0.5
YEARS_ENOUGH = 5
FAR_KM = 300
EARTH_KM = 6371.0088  # mean radius (Moritz, Journal of Geodesy 74 (2000), 128)

Place = tuple[float, float]


@dataclass(frozen=True)
class Need:
    """What is known of the site that seeks a coach."""

    solutions: frozenset[str] = frozenset()
    population: int | None = None
    kind: str | None = None
    province: str | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Offer:
    """What is known of a coach; `since` gives the first year, or None, per solution it knows."""

    slug: str
    since: Mapping[str, int | None] = field(default_factory=dict)
    compared: bool = True
    population: int | None = None
    kind: str | None = None
    province: str | None = None
    place: Place | None = None
    capacity_min: int | None = None
    due_min: float = 0.0


@dataclass(frozen=True)
class Part:
    """One part of the points: its value from 0 to 1, None for unknown, and the figures behind."""

    name: str
    value: float | None
    figures: Mapping[str, object] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How many of the 100 points it can give."""
        return WEIGHTS[self.name]

    @property
    def points(self) -> float:
        """The points that it gives; an unknown one gives half of its weight."""
        return self.weight * (MIDDLE if self.value is None else self.value)


@dataclass(frozen=True)
class Rank:
    """A coach's points for a site, with the parts that make them."""

    slug: str
    parts: tuple[Part, ...]

    @property
    def points(self) -> float:
        """From 0 to 100, to tenths."""
        return round(sum(it.points for it in self.parts), 1)

    @property
    def known_weight(self) -> int:
        """How many of the 100 points stand on something that is known."""
        return sum(it.weight for it in self.parts if it.value is not None)


def ranked(need: Need, offers: Sequence[Offer], year: int) -> list[Rank]:
    """The ranks of `offers` for `need` in `year`, best first."""
    ranks = [
        Rank(
            it.slug,
            (experience(need, it, year), similarity(need, it), distance(need, it), load(it)),
        )
        for it in offers
    ]
    return sorted(ranks, key=lambda rank: (-rank.points, rank.slug))


def experience(need: Need, offer: Offer, year: int) -> Part:
    """How much of what is sought the coach has done, and for how long; None: nothing is sought."""
    if not need.solutions:
        return Part("experience", None)
    both = sorted(need.solutions & set(offer.since))
    figures: dict[str, object] = {"of": len(need.solutions), "solutions": both}
    if not both:
        return Part("experience", 0.0, figures)
    years = [max(0, year - since) for it in both if (since := offer.since[it]) is not None]
    depth = 0.5 + 0.5 * min(max(years), YEARS_ENOUGH) / YEARS_ENOUGH if years else 0.5
    breadth = len(both) / len(need.solutions)
    figures["years"] = max(years) if years else None
    return Part("experience", (0.5 + 0.5 * breadth) * depth, figures)


def similarity(need: Need, offer: Offer) -> Part:
    """How alike the two municipalities are, by what is known of both."""
    if not offer.compared:
        return Part("similarity", None)
    values, figures = [], dict[str, object]()
    if need.population and offer.population:
        ratio = offer.population / need.population
        values.append(max(0.0, 1 - abs(log(ratio)) / log(10)))
        figures["population"] = (offer.population, need.population)
    for name in ("kind", "province"):
        ours, theirs = getattr(need, name), getattr(offer, name)
        if ours and theirs:
            values.append(1.0 if ours == theirs else 0.0)
            figures[name] = ours == theirs
    if need.solutions:
        shared = len(need.solutions & set(offer.since))
        values.append(shared / len(need.solutions))
        figures["shared"] = (shared, len(need.solutions))
    known = bool(values) and figures.keys() != {"shared"}
    return Part("similarity", sum(values) / len(values) if known else None, figures)


def distance(need: Need, offer: Offer) -> Part:
    """How near the two halls are."""
    if need.place is None or offer.place is None:
        return Part("distance", None)
    km = kilometres(need.place, offer.place)
    return Part("distance", max(0.0, 1 - km / FAR_KM), {"km": round(km)})


def load(offer: Offer) -> Part:
    """How much of the coach's month is still free."""
    if not offer.capacity_min:
        return Part("load", None, {"due": round(offer.due_min)})
    free = max(0.0, 1 - offer.due_min / offer.capacity_min)
    return Part("load", free, {"due": round(offer.due_min), "capacity": offer.capacity_min})


def kilometres(one: Place, other: Place) -> float:
    """The way between two places (degrees of latitude and longitude) on a sphere, in km.

    Source: haversine formula, Sinnott, Sky and Telescope 68 (1984), 159.
    """
    (lat1, lon1), (lat2, lon2) = ([radians(it) for it in place] for place in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
