"""Dashboard: the figures of a round, worked out from what is known of its sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import func, select

from catalog.solutions import Solution, SolutionKind, solutions_to_choose
from catalog.sources import Mark
from common.db import db
from common.facts import When
from common.locale import name_values
from common.schema import Schema
from tracker.alerts.alerts import Ground
from tracker.alerts.plan_rules import Slip, slips
from tracker.coaching.actions import Action
from tracker.coaching.log import CoachingSession
from tracker.money.ledger import Fund, Money, MoneyStage
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord
from tracker.states import State
from tracker.told import SiteToldSchema


@dataclass(frozen=True)
class Figures:
    """The state of a round as of a date; money in KRW, None for unknown."""

    when: When
    sites: Sequence[SiteRecord]
    solutions: Sequence[Solution]
    sessions: int
    open_actions: int

    @property
    def states(self) -> dict[State, int]:
        """How many sites are in each state."""
        return {state: sum(it.state is state for it in self.sites) for state in State}

    @property
    def national_won(self) -> int:
        """National money of all sites."""
        return sum(it.account.national_won or 0 for it in self.sites)

    @property
    def local_won(self) -> int:
        """Local money of all sites."""
        return sum(it.account.local_won or 0 for it in self.sites)

    @property
    def match_shortfall_won(self) -> int:
        """What local money lacks, all sites together."""
        return sum(it.account.match_shortfall_won or 0 for it in self.sites)

    @property
    def spent_won(self) -> int | None:
        """What the sites that told it have spent; None where none told it."""
        known = [it.account.spent_won for it in self.sites if it.account.spent_won is not None]
        return sum(known) if known else None

    @property
    def spent_known(self) -> int:
        """How many sites told what they have spent."""
        return sum(it.account.spent_won is not None for it in self.sites)

    @cached_property
    def deployments(self) -> list[DeploymentRecord]:
        """All known deployments."""
        return [deployment for site in self.sites for deployment in site.deployments]

    @cached_property
    def by_solution(self) -> dict[int, list[DeploymentRecord]]:
        """The known deployments of each solution, by its id."""
        chosen: dict[int, list[DeploymentRecord]] = {}
        for it in self.deployments:
            chosen.setdefault(it.solution_id, []).append(it)
        return chosen

    @property
    def completed(self) -> int:
        """How many sites reported completion, working ones included."""
        return sum(
            State.COMPLETION_REPORTED.rank <= it.state.rank <= State.WORKING.rank
            for it in self.sites
        )

    @cached_property
    def standard(self) -> list[Solution]:
        """The columns of the matrix: the standard solutions, the most chosen first."""
        known = [it for it in self.solutions if it.kind is SolutionKind.STANDARD]
        return sorted(known, key=lambda it: -self.installed(it)[1])

    @property
    def known_standard(self) -> int:
        """How many of the standard solutions a site is known to deploy."""
        return sum(self.installed(it)[1] > 0 for it in self.standard)

    @property
    def working_units(self) -> tuple[int, int] | None:
        """Working units of the installed ones, where both were counted; None where none was."""
        pairs = [
            (working, installed)
            for it in self.deployments
            if (working := it.quantity(QuantityStage.WORKING)) is not None
            and (installed := it.quantity(QuantityStage.INSTALLED)) is not None
        ]
        return (sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)) if pairs else None

    def usual(self, fund: Fund) -> Money | None:
        """An amount of `fund` whose mark and source most sites share; None where no two do."""
        rows = [it.account.rows.get((fund, MoneyStage.COMMITTED)) for it in self.sites]
        known = [row for row in rows if row is not None]
        shared = Counter((row.mark, row.source_id) for row in known).most_common(1)
        if not shared or shared[0][1] == 1:
            return None
        return next(row for row in known if (row.mark, row.source_id) == shared[0][0])

    def cell(self, site: SiteRecord, solution: Solution) -> DeploymentRecord | None:
        """The deployment of `solution` at `site`; None where none is known."""
        return next((it for it in site.deployments if it.solution_id == solution.id), None)

    def special(self, site: SiteRecord) -> list[DeploymentRecord]:
        """The local special solutions of `site`."""
        return [it for it in site.deployments if it.solution.kind is SolutionKind.SPECIAL]

    def installed(self, solution: Solution) -> tuple[int, int]:
        """At how many sites `solution` is seen installed, of how many that chose it."""
        cells = self.by_solution.get(solution.id, [])
        seen = [it for it in cells if it.state.rank >= State.PARTLY_INSTALLED.rank]
        return len(seen), len(cells)


class FindingKind(StrEnum):
    """Why a finding is worth a look."""

    LATE = "late"
    MONEY = "money"
    CONFLICT = "conflict"
    NO_DATA = "no_data"


name_values(
    {
        FindingKind.LATE: _l("Late"),
        FindingKind.MONEY: _l("Money"),
        FindingKind.CONFLICT: _l("Sources disagree"),
        FindingKind.NO_DATA: _l("No data"),
    }
)


@dataclass(frozen=True)
class Finding:
    """Something that follows from the facts of `site`; the page has the words for `what`."""

    kind: FindingKind
    what: str
    site: SiteRecord
    fact: Any = None
    solution: Solution | None = None
    amount_won: int | None = None
    slip: Slip | None = None


def findings(found: Figures) -> list[Finding]:
    """What the facts say should be looked at, the late first, in the order of the sites."""
    rows = [finding for site in found.sites for finding in _findings_of(site)]
    rows += late_milestones(found)
    return sorted(rows, key=lambda finding: list(FindingKind).index(finding.kind))


def late_milestones(found: Figures) -> list[Finding]:
    """The milestones that the rules of early warning call late; one statement."""
    late = slips(Ground(found.when, found.sites, None))
    return [
        Finding(FindingKind.LATE, "milestone", it.record, it.plan, it.deployment.solution, slip=it)
        for it in late
    ]


def _findings_of(site: SiteRecord) -> Iterator[Finding]:
    if site.state is State.WITHDRAWN:
        return
    under_way = State.PLANNED.rank <= site.state.rank < State.COMPLETION_REPORTED.rank
    if under_way and site.months >= 12 * site.round.years:
        yield Finding(FindingKind.LATE, "not_completed", site, site.state_fact)
    money = site.account
    if money.match_shortfall_won:
        yield Finding(FindingKind.MONEY, "no_match", site, amount_won=money.match_shortfall_won)
    if money.spent_won is not None and money.committed_won is not None:
        left = money.committed_won - money.spent_won
        if left > 0:
            told = money.rows.get((Fund.ALL, MoneyStage.SPENT))
            yield Finding(FindingKind.MONEY, "unspent", site, told, amount_won=left)
    for it in site.deployments:
        facts: list[tuple[str, Any]] = [("deployment", it.deployment)]
        facts += [("quantity", quantity) for quantity in it.quantities.values()]
        for what, fact in facts:
            if fact.mark is Mark.CONFLICT:
                yield Finding(FindingKind.CONFLICT, what, site, fact, it.solution)
    if not site.deployments:
        yield Finding(FindingKind.NO_DATA, "solutions", site)


class FiguresSchema(Schema):
    """The dashboard as JSON tells it."""

    as_of = fields.Date(attribute="when.as_of")
    national_won = fields.Integer()
    local_won = fields.Integer()
    match_shortfall_won = fields.Integer()
    spent_won = fields.Integer()
    spent_known = fields.Integer()
    completed = fields.Integer()
    sessions = fields.Integer()
    open_actions = fields.Integer()
    states = fields.Function(lambda it: {state.value: n for state, n in it.states.items()})
    sites = fields.List(fields.Nested(SiteToldSchema))
    deployments = fields.List(fields.Nested("DeploymentToldSchema"))


def figures(sites: Sequence[SiteRecord], when: When) -> Figures:
    """The figures of `sites` as of a date."""
    ids = [it.id for it in sites]
    happened = (CoachingSession.site_id.in_(ids), CoachingSession.happened(when))
    sessions = select(func.count()).select_from(CoachingSession).where(*happened)
    actions: Any = (
        select(func.count())
        .select_from(Action)
        .join(Action.session)
        .where(*happened, Action.done_on.is_(None), Action.dropped_on.is_(None))
    )
    return Figures(
        when,
        sites,
        db.session.scalars(solutions_to_choose()).all(),
        db.session.scalar(sessions) or 0,
        db.session.scalar(actions) or 0,
    )
