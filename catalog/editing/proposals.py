"""Proposals: a change of the catalog on its way from a draft to what everybody reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import JSON, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from accounts.organisations import Organisation
from catalog.editing.differences import FieldChange, changed_fields
from catalog.editing.kinds import KINDS, Content, Kind
from catalog.editing.versions import keep, keep_what_stands
from common.db import Key, Model, Slug, Text, Words, db, now
from common.locale import name_values
from common.permissions import Can, Member, allowed
from common.schema import Choice, Schema, line, text
from common.seeding import digest

LONGEST_COMMENT = 2000


class ProposalState(StrEnum):
    """How far a proposal is on its way to the public."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"


name_values(
    {
        ProposalState.DRAFT: _l("Draft"),
        ProposalState.SUBMITTED: _l("Submitted"),
        ProposalState.RETURNED: _l("Returned"),
        ProposalState.PUBLISHED: _l("Published"),
    }
)

# From where to where; whatever is not here is refused.
STEPS = {
    ProposalState.DRAFT: {ProposalState.DRAFT, ProposalState.SUBMITTED},
    ProposalState.SUBMITTED: {ProposalState.RETURNED, ProposalState.PUBLISHED},
    ProposalState.RETURNED: {ProposalState.RETURNED, ProposalState.SUBMITTED},
    ProposalState.PUBLISHED: set(),
}
OPEN_TO_ITS_AUTHOR = (ProposalState.DRAFT, ProposalState.RETURNED)


class Proposal(Model):
    """What somebody would change of an entry, or a new one; only published text is public."""

    __tablename__ = "proposal"

    id: Mapped[Key]
    slug: Mapped[Slug]
    kind: Mapped[str] = mapped_column(String(40))
    entry: Mapped[str] = mapped_column(String(80))  # a new one's name, or that of the old one
    is_new: Mapped[bool]
    base: Mapped[dict[str, Any]] = mapped_column(JSON)  # what stood when it was written
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)  # null clears a field
    still_right: Mapped[Words]
    state: Mapped[ProposalState] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    steps: Mapped[list[ProposalStep]] = relationship(
        back_populates="proposal", order_by="ProposalStep.id"
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so

    @property
    def of(self) -> Kind:
        """The noun that it is about."""
        return KINDS[self.kind]

    @property
    def whole(self) -> Content:
        """What the entry would say."""
        return merged(self.base, self.changes)

    @property
    def title(self) -> str:
        """How the entry would be called."""
        return self.of.title_of(self.whole)

    @property
    def differences(self) -> list[FieldChange]:
        """What it changes, field by field."""
        return changed_fields(self.base, self.whole, self.of.names())


class ProposalStep(Model):
    """One step of a proposal: to which state, by whom, with which words, and what it said."""

    __tablename__ = "proposal_step"

    id: Mapped[Key]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    proposal: Mapped[Proposal] = relationship(back_populates="steps")
    state: Mapped[ProposalState]
    comment: Mapped[Text | None]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")


class EntryProposalSchema(Schema):
    """A proposal as it is sent: the fields that it changes, and what to do with it."""

    about = fields.String(required=True, metadata={"label": _l("Kind of entry")})
    entry = line(80, load_default=None, allow_none=True, label=_l("Entry"))
    changes = fields.Dict(keys=fields.String(), load_default=dict)
    still_right = fields.List(line(80), load_default=list)
    comment = text(
        LONGEST_COMMENT, load_default=None, allow_none=True, label=_l("Why, and on which ground")
    )
    seen = line(80, load_default=None, allow_none=True)
    submit = fields.Boolean(load_default=False)

    @validates_schema
    def is_about_something(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Only nouns that are edited by proposal."""
        if values.get("about") not in KINDS:
            raise ValidationError(_("Choose one of: %(values)s.", values=", ".join(KINDS)), "about")


class EntryDecisionSchema(Schema):
    """What the ministry decides: publish, or return and say what to mend."""

    state = Choice(ProposalState, required=True, metadata={"label": _l("Decision")})
    comment = text(
        LONGEST_COMMENT, allow_none=True, load_default=None, label=_l("What has to be mended")
    )

    @validates_schema
    def decides(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Only two decisions, and a return says why."""
        if values.get("state") not in (ProposalState.RETURNED, ProposalState.PUBLISHED):
            raise ValidationError(
                _("Choose one of: %(values)s.", values="returned, published"), "state"
            )
        if values["state"] is ProposalState.RETURNED and not values.get("comment"):
            raise ValidationError(_("Say what has to be mended."), "comment")


class ProposalFilters(Schema):
    """What the list of proposals can be narrowed to."""

    state = fields.List(Choice(ProposalState), metadata={"label": _l("State")})
    about = line(40, load_default=None, label=_l("Kind of entry"))


@dataclass(frozen=True)
class Clash:
    """A field that somebody else's publication changed too: what was, what is, what would be."""

    name: str
    was: Any
    stands: Any
    proposed: Any


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Content:
    """`base` with `changes`; a change to nothing takes the field away."""
    return {name: it for name, it in {**base, **changes}.items() if it is not None}


def find_proposals(
    who: Member, *, state: Sequence[ProposalState] = (), about: str | None = None
) -> Select[Proposal]:
    """The proposals that `who` may read, newest first."""
    whole = selectinload(Proposal.steps)
    query = select(Proposal).order_by(Proposal.id.desc()).options(whole)
    if not allowed(Can.PUBLISH_ENTRIES):
        query = query.where(Proposal.organisation_id == who.organisation_id)
    if state:
        query = query.where(Proposal.state.in_(state))
    if about:
        query = query.where(Proposal.kind == about)
    return query


def may_write(who: Member | None, proposal: Proposal) -> bool:
    """Whether `who` may mend and submit it: only whoever is of the organisation that made it."""
    mine = who is not None and who.organisation_id == proposal.organisation_id
    return mine and allowed(Can.PROPOSE_ENTRIES)


def may_read(who: Member | None, proposal: Proposal) -> bool:
    """Whether `who` may read it before it is published: its organisation and the ministry."""
    return allowed(Can.PUBLISH_ENTRIES) or may_write(who, proposal)


def checked_changes(
    kind: Kind, entry: str | None, base: Content, given: Mapping[str, Any]
) -> Content:
    """What `given` changes of `base`, after the rules of the noun. Raises ValidationError.

    `entry` is None for a new one. A field that `given` leaves out stays as it is.
    """
    if entry and str(given.get(kind.by) or entry).strip() != entry:
        raise ValidationError({kind.by: [_("An entry keeps its name; propose a new one instead.")]})
    whole = told(kind, kind.schema().load({**base, **given}))
    if entry is None and kind.find(whole[kind.by]) is not None:
        raise ValidationError(
            {kind.by: [_("There is one of this name already; propose a change of that one.")]}
        )
    changed = changed_fields(base, whole, kind.names())
    return {it.name: it.after for it in changed}


def told(kind: Kind, values: Mapping[str, Any]) -> Content:
    """Checked `values` as a file would tell them; what is not known is left out."""
    row = kind.schema().dump(values)
    return {name: row[name] for name in kind.names() if row.get(name) is not None}


def clashes(proposal: Proposal, stands: Content) -> list[Clash]:
    """The fields that it changes and that another publication changed meanwhile to something else.

    What was published of other fields stays: only the proposal's own fields are written.
    """
    meanwhile = {it.name for it in changed_fields(proposal.base, stands, proposal.of.names())}
    return [
        Clash(name, proposal.base.get(name), stands.get(name), after)
        for name, after in proposal.changes.items()
        if name in meanwhile and stands.get(name) != after
    ]


def stands_now(proposal: Proposal) -> Content:
    """What the entry says today; nothing for one that is not there yet."""
    found = proposal.of.find(proposal.entry)
    return proposal.of.content(found) if found is not None else {}


def open_proposal(who: Any, kind: Kind, entry: str | None, base: Content) -> Proposal:
    """A new proposal of `who` about `entry`, still without changes."""
    proposal = Proposal(
        slug=f"proposal-{token_hex(6)}",
        kind=kind.one,
        entry=entry or "",
        is_new=entry is None,
        base=base,
        changes={},
        still_right=[],
        state=ProposalState.DRAFT,
        organisation=who.organisation,
    )
    db.session.add(proposal)
    return proposal


def take_step(
    proposal: Proposal, state: ProposalState, who: Any, comment: str | None = None
) -> ProposalStep:
    """A new row that says that it reached `state`; whether it may is asked before."""
    proposal.state = state
    step = ProposalStep(
        proposal=proposal,
        state=state,
        comment=comment,
        changes=proposal.changes,
        recorded_by=who,
    )
    db.session.add(step)
    return step


def publish(proposal: Proposal, who: Any) -> None:
    """Make the entry say what is proposed, and keep what it said. Raises ValidationError.

    Whether another publication stands in its way is asked before.
    """
    kind = proposal.of
    entry = kind.find(proposal.entry)
    stands = kind.content(entry) if entry is not None else {}
    values = kind.schema().load(merged(stands, proposal.changes))
    if entry is None:
        entry = kind.model.made(**values)
        db.session.add(entry)
    else:
        keep_what_stands(kind, proposal.entry, stands)
        entry.change(**values)
    db.session.flush()
    keep(
        kind,
        proposal.entry,
        kind.content(entry),
        proposal=proposal,
        who=who,
        still_right=proposal.still_right,
    )


def mark_of(content: Content) -> str:
    """A short mark of what an entry says, by which a form tells what it was made from."""
    return digest(content)[:16]
