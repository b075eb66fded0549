"""Plan revisions: a change of plan that a site proposes with a reason and the ministry decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from secrets import token_hex
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Select,
    String,
    and_,
    case,
    cast,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Model, Slug, Text, db, now
from common.facts import When, WhenFilters, known, today
from common.locale import name_values
from common.permissions import Can, Member, allowed
from common.schema import Choice, Kept, Ref, Schema, Whole, between, slug_field, text
from tracker.deployments import Deployment
from tracker.plan.budgets import FUNDS
from tracker.plan.milestones import MilestoneKind
from tracker.progress import LARGEST_QUANTITY
from tracker.rounds import LARGEST_WON, Round, Track
from tracker.sites import Site, TrackOrAny, may_report


class RevisionState(StrEnum):
    """How far a proposal has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


name_values(
    {
        RevisionState.PROPOSED: _l("Proposed"),
        RevisionState.APPROVED: _l("Approved"),
        RevisionState.REFUSED: _l("Refused"),
    }
)


class PlanRevision(Cited, Model):
    """A change of plan: why, from which day on, and what changes from what to what."""

    __tablename__ = "plan_revision"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("(state = 'proposed') = (decided_on IS NULL)", name="decided"),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    site: Mapped[Site] = relationship(lazy="joined")
    reason: Mapped[Text]
    on: Mapped[date]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[RevisionState] = mapped_column(default=RevisionState.PROPOSED, index=True)
    proposed_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship(
        "User", lazy="joined", foreign_keys="PlanRevision.recorded_by_id"
    )
    decided_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_by: Mapped[Any] = relationship(
        "User", lazy="joined", foreign_keys="PlanRevision.decided_by_id"
    )
    decision_note: Mapped[Text | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration

    @classmethod
    def made(cls, **values: Any) -> PlanRevision:
        """A new one from checked values; a decision that comes with it is known from now on."""
        return cls(**values, decided_at=now() if values.get("decided_on") else None)

    def change(self, **values: Any) -> None:
        """Give it new, checked values; raises ValidationError once it was decided."""
        if self.state is not RevisionState.PROPOSED:
            raise ValidationError(
                {"slug": [_("This revision was decided and stays as it is; propose another one.")]}
            )
        super().change(**values, decided_at=now() if values.get("decided_on") else None)

    def decide(self, state: RevisionState, note: str, who: Any) -> None:
        """Approve or refuse it, in the name of `who`."""
        self.state, self.decision_note = state, note
        self.decided_on, self.decided_at, self.decided_by = today(), now(), who

    @classmethod
    def was(cls, when: When) -> ColumnElement[RevisionState]:
        """How far it had come, and was known to have come, as of a date."""
        told = known(SimpleNamespace(recorded_at=cls.decided_at), when)
        decided = and_(cls.decided_on.is_not(None), cls.decided_on <= when.as_of, told)
        return case((decided, cls.state), else_=RevisionState.PROPOSED)


def _amount(label: Any) -> Whole:
    return Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_WON),
        metadata={"label": label, "unit": _l("KRW"), "step": 1_000_000},
    )


def _due(label: Any) -> fields.Date:
    return fields.Date(allow_none=True, load_default=None, metadata={"label": label})


class RevisionLineSchema(Schema):
    """What changes for one deployment; what is left out stays as it is."""

    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    quantity = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LARGEST_QUANTITY),
        metadata={"label": _l("New quantity")},
    )
    national_won = _amount(_l("National money"))
    province_won = _amount(_l("Provincial money"))
    municipality_won = _amount(_l("Municipal money"))
    local_won = _amount(_l("Local money"))
    agreement_due = _due(_l("Agreement signed"))
    design_due = _due(_l("Design finished"))
    procurement_due = _due(_l("Contract awarded"))
    start_due = _due(_l("Work begun"))
    installed_due = _due(_l("All installed"))
    accepted_due = _due(_l("All accepted"))
    in_operation_due = _due(_l("In operation"))


AMOUNTS = {f"{fund.value}_won": fund for fund in FUNDS}
DUES = {f"{kind.value}_due": kind for kind in MilestoneKind}
CHANGES = ("quantity", *AMOUNTS, *DUES)


class ProposalSchema(Schema):
    """A revision as the site's own officer proposes it."""

    reason = text(2000, required=True, label=_l("Why the plan changes"))
    on = fields.Date(required=True, metadata={"label": _l("Holds from the day")})
    lines = Kept(RevisionLineSchema, required=True, metadata={"label": _l("What changes")})

    @validates_schema
    def changes_something_once(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """At least one change, and each deployment in one line."""
        lines = values.get("lines") or []
        if not any(name in it for it in lines for name in CHANGES):
            raise ValidationError(_("Fill in at least one new quantity, amount or day."), "lines")
        names = [it["deployment"] for it in lines]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValidationError(
                _(
                    "Put all changes of one deployment into one line: %(names)s.",
                    names=", ".join(twice),
                ),
                "lines",
            )


class RevisionSchema(ProposalSchema, CitedSchema):
    """A revision as files and the API tell it."""

    slug = slug_field()
    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    reason = text(2000, required=True, label=_l("Why the plan changes"))
    on = fields.Date(required=True, metadata={"label": _l("Holds from the day")})
    state = Choice(RevisionState, load_default=RevisionState.PROPOSED)
    proposed_on = fields.Date(required=True, metadata={"label": _l("Proposed on")})
    decided_on = fields.Date(
        allow_none=True, load_default=None, metadata={"label": _l("Decided on")}
    )
    decision_note = text(2000, allow_none=True, load_default=None, label=_l("Decision"))
    recorded_at = fields.AwareDateTime(dump_only=True)
    decided_at = fields.AwareDateTime(dump_only=True)
    changes = fields.Raw(dump_only=True)
    lines = Kept(RevisionLineSchema, required=True, metadata={"label": _l("What changes")})

    @validates_schema
    def is_told_in_order(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Proposed, then decided; and what is decided says when and why."""
        decided = values.get("state", RevisionState.PROPOSED) is not RevisionState.PROPOSED
        if decided != (values.get("decided_on") is not None):
            raise ValidationError(
                _("Give the day of the decision, and only where it was decided."), "decided_on"
            )
        for name in ("proposed_on", "decided_on"):
            if values.get(name) and values[name] > today():
                raise ValidationError(_("This day has not come yet."), name)
        if decided and values["decided_on"] < values.get("proposed_on", date.min):
            raise ValidationError(_("It was decided after it was proposed."), "decided_on")
        if decided and not values.get("decision_note"):
            raise ValidationError(_("Say in a sentence why it was decided so."), "decision_note")


class DecisionSchema(Schema):
    """What the ministry says when it decides."""

    comment = text(2000, required=True, label=_l("The decision in a sentence"))


class RevisionFilters(WhenFilters):
    """What the list of revisions can be narrowed to."""

    track = TrackOrAny(Track, metadata={"label": _l("Track")})
    site = Ref(Site, metadata={"label": _l("Site")})
    deployment = Ref(Deployment, metadata={"label": _l("Deployment")})
    state = fields.List(Choice(RevisionState), metadata={"label": _l("State")})


def find_revisions(
    *,
    track: Track | None = None,
    site: Site | None = None,
    deployment: Deployment | None = None,
    state: list[RevisionState] | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[PlanRevision]:
    """Revisions proposed as of a date, newest first, in `state` as of that date."""
    when = When.of(as_of, known_on)
    query = (
        select(PlanRevision)
        .where(PlanRevision.proposed_on <= when.as_of, known(PlanRevision, when))
        .order_by(PlanRevision.proposed_on.desc(), PlanRevision.id.desc())
    )
    if track:
        query = query.join(PlanRevision.site).join(Site.round).where(Round.track == track)
    if site:
        query = query.where(PlanRevision.site_id == site.id)
    if deployment:
        lines = cast(PlanRevision.lines, String)
        query = query.where(lines.contains(f'"{deployment.slug}"', autoescape=True))
    if state:
        query = query.where(PlanRevision.was(when).in_(state))
    return query


@dataclass(frozen=True)
class RevisionRecord:
    """A revision as it stood on a date: before its decision, it was a proposal."""

    revision: PlanRevision
    state: RevisionState

    def __getattr__(self, name: str) -> Any:
        if name in DECISION and self.state is RevisionState.PROPOSED:
            return None
        return getattr(self.revision, name)


DECISION = ("decided_on", "decided_at", "decided_by", "decision_note")


def revision_records(
    revisions: Sequence[PlanRevision], as_of: date | None = None, known_on: date | None = None
) -> list[RevisionRecord]:
    """`revisions` as they stood on a date; one statement."""
    ids = [it.id for it in revisions]
    stood = select(PlanRevision.id, PlanRevision.was(When.of(as_of, known_on)))
    states = dict(db.session.execute(stood.where(PlanRevision.id.in_(ids))).all())
    return [RevisionRecord(it, states[it.id]) for it in revisions]


def propose(site: Site, values: dict[str, Any], who: Any) -> PlanRevision:
    """A revision of the plan of `site` that `who` proposes; not in the session yet."""
    return PlanRevision(
        slug=f"{site.slug[:48].strip('-')}-plan-{token_hex(3)}",
        site=site,
        proposed_on=today(),
        recorded_by=who,
        mark=Mark.REPORTED,
        **values,
    )


def may_propose(who: Member | None, site: Any) -> bool:
    """Whether `who` may propose a revision: the officer of the site."""
    return allowed(Can.PROPOSE_REVISION) and may_report(who, site)
