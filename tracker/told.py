"""What pages, files and the API tell of the rollout: the record with its computed facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g
from marshmallow import fields

from common.facts import When
from common.schema import Choice, Ref, Schema
from tracker.coaching.actions import ActionState
from tracker.coaching.codes import Review
from tracker.coaching.log import CoachingSession, SessionSchema, may_edit, may_read_text
from tracker.coaching.reviews import review_of, satisfaction_of, taken
from tracker.deployments import DeploymentSchema
from tracker.money.ledger import MoneySchema
from tracker.municipalities import WholeMunicipalitySchema
from tracker.progress import ProgressSchema, QuantitySchema, QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord
from tracker.rounds import Round
from tracker.sites import SiteSchema
from tracker.states import State


class DeploymentToldSchema(DeploymentSchema):
    """A deployment with its state and quantities as of a date."""

    state = Choice(State, dump_only=True)
    planned_qty = fields.Method("planned", dump_only=True)
    revised_qty = fields.Method("revised", dump_only=True)
    installed_qty = fields.Method("installed", dump_only=True)
    accepted_qty = fields.Method("accepted", dump_only=True)
    working_qty = fields.Method("working", dump_only=True)
    facts = fields.Method("quantity_facts", dump_only=True)

    def planned(self, record: DeploymentRecord) -> int | None:
        """Planned quantity; None for unknown."""
        return record.quantity(QuantityStage.PLANNED)

    def revised(self, record: DeploymentRecord) -> int | None:
        """Revised quantity; None for unknown."""
        return record.quantity(QuantityStage.REVISED)

    def installed(self, record: DeploymentRecord) -> int | None:
        """Installed quantity; None for unknown."""
        return record.quantity(QuantityStage.INSTALLED)

    def accepted(self, record: DeploymentRecord) -> int | None:
        """Accepted quantity; None for unknown."""
        return record.quantity(QuantityStage.ACCEPTED)

    def working(self, record: DeploymentRecord) -> int | None:
        """Working quantity; None for unknown."""
        return record.quantity(QuantityStage.WORKING)

    def quantity_facts(self, record: DeploymentRecord) -> list[Any]:
        """The dated facts behind the quantities."""
        told: list[Any] = QuantitySchema().dump(record.quantities.values(), many=True)
        return told


class SiteToldSchema(SiteSchema):
    """A site with its state, money and population as of a date."""

    name_ko = fields.String(dump_only=True)
    name_en = fields.String(dump_only=True)
    round = Ref(Round, dump_only=True)
    state = Choice(State, dump_only=True)
    national_won = fields.Integer(attribute="account.national_won", dump_only=True)
    local_won = fields.Integer(attribute="account.local_won", dump_only=True)
    match_shortfall_won = fields.Integer(attribute="account.match_shortfall_won", dump_only=True)
    spent_won = fields.Integer(attribute="account.spent_won", dump_only=True)
    population = fields.Integer(dump_only=True)
    population_on = fields.Date(attribute="population_fact.on", dump_only=True)
    code = fields.String(attribute="code.code", dump_only=True)
    lat = fields.Float(attribute="municipality.lat", dump_only=True)
    lon = fields.Float(attribute="municipality.lon", dump_only=True)
    sessions = fields.Integer(dump_only=True)
    solutions = fields.Method("solution_slugs", dump_only=True)

    def solution_slugs(self, record: Any) -> list[str]:
        """Slugs of the solutions that it is known to deploy."""
        return [it.solution.slug for it in record.deployments]


class WholeSiteSchema(SiteToldSchema):
    """A site as its own page tells it."""

    deployments = fields.List(fields.Nested(DeploymentToldSchema), dump_only=True)
    progress = fields.List(fields.Nested(ProgressSchema), dump_only=True)
    money = fields.Method("money_facts", dump_only=True)
    municipality_record = fields.Nested(
        WholeMunicipalitySchema, attribute="municipality", dump_only=True
    )

    def money_facts(self, record: SiteRecord) -> list[Any]:
        """The dated amounts behind the money."""
        told: list[Any] = MoneySchema().dump(record.account.rows.values(), many=True)
        return told


PRIVATE = (
    "question",
    "advice",
    "place",
    "advice_outcome",
    "outcome_reason",
    "cost_won",
    "without_agreement",
)


@dataclass(frozen=True)
class SessionRecord:
    """A session as far as whoever asks may read it: the text is for the parties only."""

    session: CoachingSession
    readable: bool
    editable: bool
    when: When

    def __getattr__(self, name: str) -> Any:
        if name in PRIVATE and not self.readable:
            return None
        return getattr(self.session, name)

    @property
    def actions(self) -> list[Any]:
        """The next steps; an owner who may not read the rest sees its own."""
        if self.readable:
            return self.session.actions
        who = g.get("who")
        mine = who.organisation_id if who else None
        return [action for action in self.session.actions if action.owner_id == mine]

    @property
    def review(self) -> Review | None:
        """How far the site's yes has come."""
        return review_of(self.session, self.when)

    @property
    def satisfaction(self) -> int | None:
        """How useful the site found it, from 1 to 5; for the parties and the ministry."""
        return satisfaction_of(self.session, self.when) if self.readable else None

    @property
    def materials(self) -> list[Any]:
        """The files given; for the parties and the ministry."""
        return taken(self.session.materials, self.when) if self.readable else []

    @property
    def review_steps(self) -> list[Any]:
        """What the site said to it, the newest first; for the parties and the ministry."""
        return taken(self.session.steps, self.when)[::-1] if self.readable else []

    @property
    def open_actions(self) -> int:
        """How many next steps are still open: a count says nothing private."""
        return sum(action.state is ActionState.OPEN for action in self.session.actions)


class MaterialSchema(Schema):
    """A file that was given, as it is told."""

    slug = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    size_bytes = fields.Integer(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)


class SessionToldSchema(SessionSchema):
    """A session as far as whoever asks may read it."""

    text_hidden = fields.Function(lambda record: not record.readable, dump_only=True)
    open_actions = fields.Integer(dump_only=True)
    review = Choice(Review, dump_only=True)
    satisfaction = fields.Integer(dump_only=True)
    materials = fields.List(fields.Nested(MaterialSchema), dump_only=True)


def session_records(sessions: Any, **when: Any) -> list[SessionRecord]:
    """The sessions as far as whoever sends this request may read them."""
    who = g.get("who")
    day = When.of(**when)
    return [SessionRecord(it, may_read_text(who, it), may_edit(who, it), day) for it in sessions]
