"""Dashboard: the figures of a round, worked out from what is known of its sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields
from sqlalchemy import func, select

from catalog.solutions import Solution, SolutionKind, find_solutions
from common.db import db
from common.facts import When
from common.schema import Schema
from tracker.coaching import Action, CoachingSession
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

    @property
    def deployments(self) -> list[DeploymentRecord]:
        """All known deployments."""
        return [deployment for site in self.sites for deployment in site.deployments]

    @property
    def completed(self) -> int:
        """How many sites reported completion, working ones included."""
        return sum(
            State.COMPLETION_REPORTED.rank <= it.state.rank <= State.WORKING.rank
            for it in self.sites
        )

    @property
    def standard(self) -> list[Solution]:
        """The columns of the matrix: the standard solutions."""
        return [it for it in self.solutions if it.kind is SolutionKind.STANDARD]

    def cell(self, site: SiteRecord, solution: Solution) -> DeploymentRecord | None:
        """The deployment of `solution` at `site`; None where none is known."""
        return next((it for it in site.deployments if it.solution_id == solution.id), None)

    def special(self, site: SiteRecord) -> list[DeploymentRecord]:
        """The local special solutions of `site`."""
        return [it for it in site.deployments if it.solution.kind is SolutionKind.SPECIAL]

    def installed(self, solution: Solution) -> tuple[int, int]:
        """At how many sites `solution` is seen installed, of how many that chose it."""
        cells = [it for it in self.deployments if it.solution_id == solution.id]
        seen = [it for it in cells if it.state.rank >= State.PARTLY_INSTALLED.rank]
        return len(seen), len(cells)


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
        .where(*happened, Action.done_on.is_(None))
    )
    return Figures(
        when,
        sites,
        db.session.scalars(find_solutions()).all(),
        db.session.scalar(sessions) or 0,
        db.session.scalar(actions) or 0,
    )
