"""The rollout as of a date: which sites and deployments are how far, and what is known of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    select,
)
from sqlalchemy.orm import joinedload

from accounts.organisations import Organisation
from catalog.solutions import ROLLOUT, Solution
from common.db import db
from common.facts import When, held, known, latest, with_corrected
from tracker.actuals import actuals_of
from tracker.coaching.log import CoachingSession
from tracker.deployments import Deployment
from tracker.money.account import Account, has_lapsed
from tracker.money.ledger import Money
from tracker.municipalities import Municipality, MunicipalityCode, Population, codes_on
from tracker.outcomes.effects import local_results
from tracker.progress import Progress, Quantity, QuantityStage
from tracker.ranks import deployment_ranks, site_ranks
from tracker.rounds import Round, Track
from tracker.sites import Site
from tracker.states import State, at_rank

# What lists of sites load with them, so that they need no statement per row.
WITH_TOWN = (
    joinedload(Site.municipality).selectinload(Municipality.codes),
    joinedload(Site.municipality).joinedload(Municipality.organisation),
)


def find_sites(
    *,
    q: str | None = None,
    track: Track | None = Track.DIFFUSION,
    solution: Solution | None = None,
    state: State | None = None,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
) -> Select[Site]:
    """Sites of `track` that deploy `solution` and are in `state` as of a date, furthest first."""
    when = When.of(as_of, known_on)
    ranks = site_ranks(when)
    rank = func.coalesce(ranks.c.rank, 0)
    query = (
        select(Site)
        .join(Site.municipality)
        .join(Municipality.organisation)
        .join(Site.round)
        .outerjoin(ranks, ranks.c.site_id == Site.id)
        .where(Site.chosen(when))
        .order_by(rank.desc(), Site.selected_on, Site.id)
    )
    if q:
        named = Organisation.name_ko.icontains(q, autoescape=True)
        query = query.where(named | Organisation.name_en.icontains(q, autoescape=True))
    if track:
        query = query.where(Round.track == track)
    if solution:
        chosen = (Deployment.solution_id == solution.id) & known(Deployment, when)
        query = query.where(Site.deployments.any(chosen))
    if state:
        query = query.where(rank == state.rank)
    return query


def find_deployments(
    *,
    track: Track | None = None,
    site: Site | None = None,
    solution: Solution | None = None,
    state: State | None = None,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
) -> Select[Deployment]:
    """Deployments of `track`, `site` and `solution` in `state` as of a date, site by site."""
    when = When.of(as_of, known_on)
    query = (
        select(Deployment)
        .join(Deployment.site)
        .where(Deployment.chosen(when))
        .order_by(Deployment.site_id, Deployment.id)
    )
    if track:
        query = query.join(Site.round).where(Round.track == track)
    if site:
        query = query.where(Deployment.site_id == site.id)
    if solution:
        query = query.where(Deployment.solution_id == solution.id)
    if state:
        ranks = deployment_ranks(when)
        query = query.outerjoin(ranks, ranks.c.deployment_id == Deployment.id)
        query = query.where(func.coalesce(ranks.c.rank, State.PLANNED.rank) == state.rank)
    return query


@dataclass
class DeploymentRecord:
    """What is known of a deployment as of a date."""

    deployment: Deployment
    when: When
    state: State
    quantities: dict[QuantityStage, Quantity]
    progress: list[Progress]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.deployment, name)

    def quantity(self, stage: QuantityStage) -> int | None:
        """The quantity of a stage; None for unknown."""
        row = self.quantities.get(stage)
        return row.value if row else None

    @property
    def planned_or_revised(self) -> int | None:
        """The plan that counts: the revised one where there is one."""
        revised = self.quantity(QuantityStage.REVISED)
        return self.quantity(QuantityStage.PLANNED) if revised is None else revised

    @property
    def change(self) -> int | None:
        """Installed less planned; None where either is unknown."""
        planned = self.quantity(QuantityStage.PLANNED)
        installed = self.quantity(QuantityStage.INSTALLED)
        return None if planned is None or installed is None else installed - planned


@dataclass
class SiteRecord:
    """What is known of a site as of a date."""

    site: Site
    when: When
    state: State
    account: Account
    deployments: list[DeploymentRecord] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    population_fact: Population | None = None
    code: MunicipalityCode | None = None
    sessions: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.site, name)

    @property
    def state_fact(self) -> Progress | None:
        """The newest thing that happened and shows the state."""
        same = [fact for fact in self.progress if fact.state is self.state]
        return next(iter(same), next(iter(self.progress), None))

    @property
    def population(self) -> int | None:
        """Residents; None for unknown."""
        return self.population_fact.residents if self.population_fact else None

    @property
    def months_to_completion(self) -> int | None:
        """Whole months from selection to the reported completion; None before it."""
        done = [f for f in self.progress if f.state is State.COMPLETION_REPORTED]
        if not done:
            return None
        return whole_months(self.site.selected_on, min(fact.on for fact in done))

    @property
    def months(self) -> int:
        """Whole months from selection to the date that is asked about."""
        return whole_months(self.site.selected_on, self.when.as_of)


def whole_months(begin: date, end: date) -> int:
    """Whole months from `begin` to `end`."""
    return (end.year - begin.year) * 12 + end.month - begin.month - (end.day < begin.day)


def deployment_records(
    deployments: Sequence[Deployment],
    as_of: date | None = None,
    known_on: date | datetime | None = None,
) -> list[DeploymentRecord]:
    """What is known of each of `deployments`; three statements, however many there are."""
    when = When.of(as_of, known_on)
    ids = [deployment.id for deployment in deployments]
    ranks = deployment_ranks(when)
    rank_of = dict(
        db.session.execute(
            select(ranks.c.deployment_id, ranks.c.rank).where(ranks.c.deployment_id.in_(ids))
        ).all()
    )
    quantities: dict[int, dict[QuantityStage, Quantity]] = defaultdict(dict)
    stages = (Quantity.deployment_id, Quantity.stage)
    told = latest(Quantity, stages, when).where(Quantity.deployment_id.in_(ids))
    for row in db.session.scalars(told.options(with_corrected(Quantity))):
        quantities[row.deployment_id][row.stage] = row
    progress: dict[int, list[Progress]] = defaultdict(list)
    steps = held(Progress, when).where(Progress.deployment_id.in_(ids)).order_by(*NEWEST)
    for fact in db.session.scalars(steps.options(with_corrected(Progress))):
        progress[fact.deployment_id].append(fact)
    return [
        DeploymentRecord(
            it,
            when,
            at_rank(rank_of.get(it.id, _planned(it, when))),
            quantities[it.id],
            progress[it.id],
        )
        for it in deployments
    ]


def _planned(it: Deployment, when: When) -> int | None:
    return State.PLANNED.rank if it.site.selected_on <= when.as_of else None


NEWEST = (Progress.on.desc(), Progress.id.desc())


def site_records(
    sites: Sequence[Site], as_of: date | None = None, known_on: date | datetime | None = None
) -> list[SiteRecord]:
    """What is known of each of `sites`; a fixed number of statements, however many there are."""
    when = When.of(as_of, known_on)
    ids = [site.id for site in sites]
    towns = [site.municipality_id for site in sites]
    ranks = site_ranks(when)
    rank_of = _pairs(select(ranks.c.site_id, ranks.c.rank).where(ranks.c.site_id.in_(ids)))
    money = _money(ids, when)
    people = _by_town(latest(Population, (Population.municipality_id,), when), Population, towns)
    codes = _by_town(codes_on(when.as_of), MunicipalityCode, towns)
    records = {
        site.id: SiteRecord(
            site,
            when,
            at_rank(rank_of.get(site.id)),
            Account(money[site.id], site.round.match_local_per_national),
            population_fact=people.get(site.municipality_id),
            code=codes.get(site.municipality_id),
        )
        for site in sites
    }
    for fact in db.session.scalars(
        held(Progress, when).where(Progress.site_id.in_(ids)).order_by(*NEWEST)
    ):
        records[fact.site_id].progress.append(fact)
    chosen = find_deployments(as_of=as_of, known_on=known_on).where(Deployment.site_id.in_(ids))
    for it in deployment_records(db.session.scalars(chosen).all(), as_of, known_on):
        records[it.site_id].deployments.append(it)
    for site_id, count in _pairs(_session_counts(ids, when)).items():
        records[site_id].sessions = count
    return list(records.values())


def _pairs(query: Select[Any, Any]) -> dict[Any, Any]:
    return dict(db.session.execute(query).all())


def _by_town(query: Select[Any], model: Any, towns: Sequence[int]) -> dict[int, Any]:
    rows = db.session.scalars(query.where(model.municipality_id.in_(towns)))
    return {row.municipality_id: row for row in rows}


def _money(ids: Sequence[int], when: When) -> dict[int, dict[Any, Money]]:
    money: dict[int, dict[Any, Money]] = defaultdict(dict)
    funds = (Money.site_id, Money.fund, Money.stage)
    for row in db.session.scalars(latest(Money, funds, when).where(Money.site_id.in_(ids))):
        if not has_lapsed(row, when.as_of):
            money[row.site_id][row.fund, row.stage] = row
    return money


def _session_counts(ids: Sequence[int], when: When) -> Select[Any, Any]:
    return (
        select(CoachingSession.site_id, func.count())
        .where(CoachingSession.site_id.in_(ids), CoachingSession.happened(when))
        .group_by(CoachingSession.site_id)
    )


class TrackedRollout:
    """What the tracker tells the catalog about its solutions, as of a date."""

    def deployed(self, when: When) -> ColumnElement[bool]:
        """The condition on `Solution` that a site is known to deploy it."""
        chosen = find_deployments(as_of=when.as_of, known_on=when.known_on)
        ids = chosen.with_only_columns(Deployment.solution_id).order_by(None)
        return Solution.id.in_(ids)

    def adoptions(self, solutions: Sequence[Solution], when: When) -> dict[str, list[Any]]:
        """The known deployments of each of `solutions`, by solution slug."""
        ids = [solution.id for solution in solutions]
        dates: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
        chosen = find_deployments(**dates).where(Deployment.solution_id.in_(ids))
        told: dict[str, list[Any]] = {solution.slug: [] for solution in solutions}
        for it in deployment_records(db.session.scalars(chosen).all(), **dates):
            told[it.solution.slug].append(it)
        return told

    def silent(self) -> Sequence[Any]:
        """The sites of which nobody knows what they deploy."""
        return db.session.scalars(find_sites().where(~Site.deployments.any())).all()

    def results(self, solution: Solution, when: When) -> Sequence[Any]:
        """What approved outcomes of its deployments say of `solution`."""
        return local_results(solution, when)

    def actuals(self, solution: Solution, when: When) -> Sequence[Any]:
        """What its deployments really cost, took and got, beside what was planned."""
        return actuals_of(solution, when)

    def residents(self, when: When) -> dict[str, int]:
        """The newest known population of municipalities, by slug of the organisation."""
        newest = latest(Population, (Population.municipality_id,), when)
        towns = newest.join(Population.municipality).join(Municipality.organisation)
        return _pairs(towns.with_only_columns(Organisation.slug, Population.residents))


ROLLOUT.append(TrackedRollout())
