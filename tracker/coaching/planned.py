"""Planned sessions: announced for a day to come, moved, cancelled, or held; each step stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from secrets import token_hex
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import CheckConstraint, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from common.db import Key, Line, Model, Slug, Text, Words, db, now
from common.facts import When, WhenFilters, last_steps, today
from common.locale import name_values
from common.permissions import GRANTS, Can, Member, Role, allowed
from common.schema import Choice, Ref
from tracker.coaching.codes import Mode, SessionKind
from tracker.coaching.reviews import taken
from tracker.sites import Site

if TYPE_CHECKING:
    from tracker.coaching.log import CoachingSession

LONGEST_MIN = 1440
TERMS = ("planned_on", "began_at", "duration_min", "mode", "place", "topics", "question")


class PlannedState(StrEnum):
    """How far a planned session has come."""

    PLANNED = "planned"
    MOVED = "moved"
    CANCELLED = "cancelled"
    HELD = "held"


PRIVATE = ("place", "question")  # the parties' and the ministry's alone
NOTHING = SimpleNamespace(what=None, **dict.fromkeys(TERMS))
AHEAD = (PlannedState.PLANNED, PlannedState.MOVED)
name_values(
    {
        PlannedState.PLANNED: _l("To be held"),
        PlannedState.MOVED: _l("Moved or changed"),
        PlannedState.CANCELLED: _l("Cancelled"),
        PlannedState.HELD: _l("Held"),
    }
)


class PlannedSession(Model):
    """A session that a host or a site announced; what was planned of it stands in its steps."""

    __tablename__ = "coaching_planned"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    kind: Mapped[SessionKind]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    site: Mapped[Site] = relationship(lazy="joined")
    host_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    host: Mapped[Organisation] = relationship(lazy="joined")
    session_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_session.id"), unique=True)
    session: Mapped[CoachingSession | None] = relationship(back_populates="planned")
    version: Mapped[int] = mapped_column()
    steps: Mapped[list[PlannedStep]] = relationship(
        back_populates="planned", order_by="PlannedStep.id", lazy="selectin"
    )

    # Each step counts, also one that changes nothing else here.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012

    @classmethod
    def made(cls, **_values: Any) -> PlannedSession:
        """Nothing: it is announced on a page. Raises ValidationError with the way on."""
        raise ValidationError(
            {"slug": [_("Announce sessions on the page; load sessions that were held instead.")]}
        )

    def take(
        self, what: PlannedState, who: Any, terms: dict[str, Any], comment: str | None = None
    ) -> None:
        """Take a step in the name of `who`; from now on `terms` are planned."""
        self.version = (self.version or 0) + 1
        told = {name: terms[name] for name in TERMS}
        self.steps.append(PlannedStep(what=what, by=who, comment=comment, **told))

    def end(self, what: PlannedState, who: Any, comment: str | None = None) -> None:
        """Take the last step, held or cancelled; what was planned stays as it was."""
        last = self.steps[-1]
        self.take(what, who, {name: getattr(last, name) for name in TERMS}, comment)

    def hold(self, session: CoachingSession, who: Any) -> None:
        """Become `session`, which `who` logs."""
        self.session = session
        self.end(PlannedState.HELD, who)


class PlannedStep(Model):
    """Something done with a planned session, and all that was planned from then on."""

    __tablename__ = "coaching_planned_step"
    __table_args__ = (
        CheckConstraint(f"duration_min BETWEEN 1 AND {LONGEST_MIN}", name="duration"),
        CheckConstraint("what <> 'cancelled' OR comment IS NOT NULL", name="cancelled"),
    )

    id: Mapped[Key]
    planned_id: Mapped[int] = mapped_column(ForeignKey("coaching_planned.id"), index=True)
    planned: Mapped[PlannedSession] = relationship(back_populates="steps")
    what: Mapped[PlannedState]
    planned_on: Mapped[date] = mapped_column(index=True)
    began_at: Mapped[str | None] = mapped_column(String(5))
    duration_min: Mapped[int | None]
    mode: Mapped[Mode | None]
    place: Mapped[Line | None]
    topics: Mapped[Words] = mapped_column(default=list)
    question: Mapped[Text | None]
    comment: Mapped[Text | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Any] = relationship("User", lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class PlannedFilters(WhenFilters):
    """What the list of planned sessions can be narrowed to."""

    site = Ref(Site, metadata={"label": _l("Site")})
    host = Ref(Organisation, metadata={"label": _l("Host")})
    state = fields.List(Choice(PlannedState), metadata={"label": _l("State")})


def find_planned(
    *,
    site: Site | None = None,
    host: Organisation | None = None,
    state: Sequence[PlannedState] | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
    begin: date | None = None,
    end: date | None = None,
) -> Select[PlannedSession]:
    """What had been announced as of a date, by the day planned then, those furthest ahead first."""
    steps = last_steps(PlannedStep, "planned_id", When.of(as_of, known_on)).subquery()
    query = (
        select(PlannedSession)
        .join(steps, steps.c.planned_id == PlannedSession.id)
        .order_by(steps.c.planned_on.desc(), PlannedSession.id.desc())
    )
    if site:
        query = query.where(PlannedSession.site_id == site.id)
    if host:
        query = query.where(PlannedSession.host_id == host.id)
    if state:
        query = query.where(steps.c.what.in_(state))
    if begin:
        query = query.where(steps.c.planned_on >= begin)
    if end:
        query = query.where(steps.c.planned_on <= end)
    return query


@dataclass(frozen=True)
class PlannedRecord:
    """A planned session as far as `who` may read it, as of a date."""

    planned: PlannedSession
    when: When
    readable: bool

    def __getattr__(self, name: str) -> Any:
        if name in PRIVATE and not self.readable:
            return None
        return getattr(self.last if name in TERMS else self.planned, name)

    @property
    def taken(self) -> list[PlannedStep]:
        """The steps as of the date."""
        return taken(self.planned.steps, self.when)

    @property
    def last(self) -> Any:
        """What was planned as of the date; nothing before it was announced."""
        return self.taken[-1] if self.taken else NOTHING

    @property
    def state(self) -> PlannedState | None:
        """How far it has come."""
        state: PlannedState | None = self.last.what
        return state

    @property
    def session(self) -> CoachingSession | None:
        """The session that it became, once it was held."""
        return self.planned.session if self.state is PlannedState.HELD else None

    @property
    def is_ahead(self) -> bool:
        """Whether it is still to be held, moved or cancelled."""
        return self.state in AHEAD

    @property
    def is_past(self) -> bool:
        """Whether its day is over and nobody said what became of it."""
        return self.is_ahead and self.planned_on is not None and self.planned_on < self.when.as_of

    @property
    def steps(self) -> list[Any]:
        """The steps as of the date; their words are the parties' alone."""
        told = ("what", "planned_on", "by", "recorded_at")
        return [
            SimpleNamespace(
                comment=it.comment if self.readable else None,
                **{name: getattr(it, name) for name in told},
            )
            for it in self.taken
        ]


def planned_records(planned: Sequence[PlannedSession], **when: Any) -> list[PlannedRecord]:
    """The planned sessions as far as whoever sends this request may read them."""
    return records_for(g.get("who"), planned, When.of(**when))


def records_for(
    who: Member | None, planned: Sequence[PlannedSession], when: When
) -> list[PlannedRecord]:
    """The planned sessions as far as `who` may read them."""
    return [PlannedRecord(it, when, may_read_plan(who, it)) for it in planned]


def may_plan(who: Member | None, site: Site, host: Organisation | None = None) -> bool:
    """Whether `who` may announce, move and cancel: the host anywhere, a site for itself."""
    if who is None or not allowed(Can.LOG_COACHING):
        return False
    if who.organisation_id == site.municipality.organisation_id:
        return True
    is_host = host is None or host.id == who.organisation_id
    return is_host and who.role != Role.MUNICIPALITY


def may_read_plan(who: Member | None, it: PlannedSession) -> bool:
    """Whether `who` may read place and words of `it`: its site, its host, the ministry."""
    if who is None:
        return False
    own = (it.host_id, it.site.municipality.organisation_id)
    return who.organisation_id in own or Can.READ_ALL_COACHING in GRANTS[who.role]


def announce(values: dict[str, Any], who: Any) -> PlannedSession:
    """A new planned session in the name of `who`."""
    place = values["site"].slug[:50].strip("-")
    slug = f"{today().isoformat()}-{place}-{token_hex(3)}"
    told = {name: values[name] for name in ("kind", "site", "host")}
    planned = PlannedSession(slug=slug, **told)
    planned.take(PlannedState.PLANNED, who, values)
    db.session.add(planned)
    return planned


def hold_faults(planned: PlannedSession, site: Site, host: Organisation) -> list[str]:
    """Sentences for why a session of `site` and `host` can't be what was planned."""
    state = planned.steps[-1].what
    if state is PlannedState.HELD:
        return [_("What was planned was logged already; open it in the coaching log.")]
    if state is PlannedState.CANCELLED:
        return [_("What was planned was cancelled; log the session without the plan.")]
    if planned.host_id != host.id or planned.site_id != site.id:
        return [_("What was planned is of another site or host; choose those, or drop the plan.")]
    return []


def from_plan(planned: PlannedSession) -> dict[str, Any]:
    """What the form of a session is filled in with from the plan, to be mended and completed."""
    last = planned.steps[-1]
    same = ("began_at", "duration_min", "mode", "place", "topics", "question")
    return {
        "planned": planned.slug,
        "kind": planned.kind.value,
        "site": planned.site.slug,
        "held_on": min(last.planned_on, today()).isoformat(),
        **{name: getattr(last, name) for name in same},
    }
