"""Coaching: sessions that a site had with those who went before or with an agency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validates_schema
from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Select,
    Table,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from catalog.guidelines import Stage
from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Model, Slug, Text, db, now
from common.facts import Precision, When, WhenFilters, known, today
from common.permissions import Can, Member, allowed
from common.schema import Choice, Ref, Schema, Whole, between, slug_field, text
from tracker.coaching.actions import Action, ActionSchema, arranged, reckoned, too_early
from tracker.coaching.codes import Mode, SessionKind
from tracker.coaching.details import DetailFields, Details, detail_checks
from tracker.coaching.materials import Material
from tracker.coaching.persons import PersonSchema, SessionPerson, written
from tracker.coaching.planned import PlannedSession
from tracker.coaching.reviews import SessionStep
from tracker.coaching.revisions import FRAME, SessionRevision
from tracker.sites import Site

LONGEST_MIN = 1440
Told = Sequence[dict[str, Any]]


session_solution = Table(
    "coaching_session_solution",
    Model.metadata,
    Column("session_id", ForeignKey("coaching_session.id"), primary_key=True),
    Column("solution_id", ForeignKey("solution.id"), primary_key=True, index=True),
)


class CoachingSession(Details, Cited, Model):
    """One meeting of a site with its host, with what was asked, advised and promised."""

    __tablename__ = "coaching_session"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint(f"duration_min BETWEEN 1 AND {LONGEST_MIN}", name="duration"),
        CheckConstraint("heads_in_person >= 0 AND heads_online >= 0", name="heads"),
        *detail_checks(),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    kind: Mapped[SessionKind] = mapped_column(index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    host: Mapped[Organisation] = relationship(lazy="joined")
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    site: Mapped[Site] = relationship(lazy="joined")
    solutions: Mapped[list[Solution]] = relationship(
        secondary=session_solution, order_by=Solution.id, lazy="selectin"
    )
    held_on: Mapped[date | None] = mapped_column(index=True)
    precision: Mapped[Precision] = mapped_column(default=Precision.DAY)
    duration_min: Mapped[int | None]
    mode: Mapped[Mode | None]
    heads_in_person: Mapped[int | None]
    heads_online: Mapped[int | None]
    stage: Mapped[Stage | None]
    question: Mapped[Text | None]
    advice: Mapped[Text | None]
    summary_ko: Mapped[Text | None]
    summary_en: Mapped[Text | None]
    actions: Mapped[list[Action]] = relationship(
        back_populates="session",
        order_by="Action.position",
        cascade="all, delete-orphan",
        lazy="selectin",
    )
    persons: Mapped[list[SessionPerson]] = relationship(
        back_populates="session", order_by="SessionPerson.position", cascade="all, delete-orphan"
    )
    revisions: Mapped[list[SessionRevision]] = relationship(
        back_populates="session", order_by="SessionRevision.version.desc()"
    )
    steps: Mapped[list[SessionStep]] = relationship(
        back_populates="session", order_by="SessionStep.id", lazy="selectin"
    )
    materials: Mapped[list[Material]] = relationship(
        back_populates="session", order_by="Material.id", lazy="selectin"
    )
    planned: Mapped[PlannedSession | None] = relationship(back_populates="session")
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration

    def __init__(self, *, actions: Told = (), persons: Told = (), **values: Any) -> None:
        super().__init__(**values)
        self.actions = arranged((), actions)
        self.persons = written(persons)

    def change(self, *, recorded_by: Any = None, **values: Any) -> None:
        """Give it new, checked values, whoever sends them; what it said before is kept."""
        self.keep()
        if "held_on" in values and values["held_on"] != self.held_on:
            self.precision = Precision.DAY
        if "actions" in values:
            values["actions"] = arranged(self.actions, values["actions"])
        if "persons" in values:
            values["persons"] = written(values["persons"])
        super().change(**values, recorded_at=now(), recorded_by=recorded_by)

    def said(self) -> dict[str, Any]:
        """What it says now, as a form would send it."""
        return as_said(self)

    def keep(self) -> None:
        """Make what it says now a revision, before something of it changes."""
        self.revisions.append(
            SessionRevision(
                version=self.version,
                said=self.said(),
                recorded_at=self.recorded_at,
                recorded_by=self.recorded_by,
            )
        )

    def end(self, action: Action, who: Any, **how: Any) -> None:
        """Mark `action` as done or dropped: a change of the session like any other."""
        self.change(recorded_by=who)
        action.change(**how)

    @classmethod
    def happened(cls, when: When) -> ColumnElement[bool]:
        """The condition that it was held, and known, as of a date; an undated one was held."""
        told = or_(known(cls, when), cls.revisions.any(known(SessionRevision, when)))
        return or_(cls.held_on.is_(None), cls.held_on <= when.as_of) & told


class SessionFields(Schema):
    """What a session holds, whoever tells it."""

    kind = Choice(SessionKind, required=True, metadata={"label": _l("What kind of meeting")})
    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    solutions = fields.List(Ref(Solution), load_default=list, metadata={"label": _l("Solutions")})
    held_on = fields.Date(allow_none=True, load_default=None, metadata={"label": _l("Date")})
    duration_min = Whole(
        allow_none=True,
        load_default=None,
        validate=between(1, LONGEST_MIN),
        metadata={"label": _l("Duration"), "unit": _l("min"), "hint": _l("Whole minutes")},
    )
    mode = Choice(Mode, allow_none=True, load_default=None, metadata={"label": _l("How you met")})
    heads_in_person = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, 10_000),
        metadata={
            "label": _l("People on the spot"),
            "unit": _l("people"),
            "hint": _l("Without the host's own people"),
        },
    )
    heads_online = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, 10_000),
        metadata={"label": _l("People online"), "unit": _l("people")},
    )
    stage = Choice(Stage, allow_none=True, load_default=None, metadata={"label": _l("Stage")})
    question = text(allow_none=True, load_default=None, label=_l("What was asked"))
    advice = text(allow_none=True, load_default=None, label=_l("Advice given"))
    summary_ko = text(allow_none=True, load_default=None, label=_l("Public summary in Korean"))
    summary_en = text(allow_none=True, load_default=None, label=_l("Public summary in English"))
    actions = fields.List(
        fields.Nested(ActionSchema), load_default=list, metadata={"label": _l("Next steps")}
    )

    @post_load
    def reckon(self, values: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Working days until a next step, as the day they lead to."""
        for action in values.get("actions", ()):
            reckoned(action, values.get("held_on"))
        return values

    @validates_schema(skip_on_field_errors=False)
    def is_told_in_order(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Held already, and no step due before it."""
        held_on = values.get("held_on")
        if held_on is None:
            return
        if held_on > today():
            raise ValidationError(
                _("This day has not come yet; log the session after it was held."), "held_on"
            )
        early = too_early(values.get("actions") or [], held_on)
        if early:
            raise ValidationError({"actions": early})


class SessionSchema(DetailFields, SessionFields, CitedSchema):
    """A session as files and the API tell it, from the log or from a public source."""

    slug = slug_field()
    host = Ref(Organisation, required=True, metadata={"label": _l("Host")})
    precision = Choice(Precision, load_default=Precision.DAY)
    version = Whole(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)


class SessionLogSchema(DetailFields, SessionFields):
    """A session as its host logs it: what a host knows is needed, and the log is the source."""

    host = Ref(Organisation, allow_none=True, load_default=None, metadata={"label": _l("Host")})
    held_on = fields.Date(required=True, metadata={"label": _l("Date")})
    duration_min = Whole(
        required=True,
        validate=between(1, LONGEST_MIN),
        metadata={"label": _l("Duration"), "unit": _l("min"), "hint": _l("Whole minutes")},
    )
    mode = Choice(Mode, required=True, metadata={"label": _l("How you met")})
    # Never dumped: no revision and no answer holds names.
    persons = fields.List(fields.Nested(PersonSchema), load_only=True)
    planned = Ref(PlannedSession, allow_none=True, load_default=None, load_only=True)
    version = Whole(load_default=None, allow_none=True, validate=between(1, 10**6))

    @validates_schema
    def has_company(self, values: dict[str, Any], *, partial: Any = None, **_kwargs: Any) -> None:
        """Somebody took part."""
        heads = (values.get("heads_in_person") or 0) + (values.get("heads_online") or 0)
        if heads == 0 and not partial:
            raise ValidationError(
                _("Say how many people took part, on the spot or online."), "heads_in_person"
            )


class SessionFilters(WhenFilters):
    """What the coaching log can be narrowed to."""

    kind = fields.List(Choice(SessionKind), metadata={"label": _l("Kind")})
    host = Ref(Organisation, metadata={"label": _l("Host")})
    site = Ref(Site, metadata={"label": _l("Site")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})


def find_sessions(
    *,
    kind: list[SessionKind] | None = None,
    host: Organisation | None = None,
    site: Site | None = None,
    solution: Solution | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[CoachingSession]:
    """Sessions held as of a date, newest first, undated ones last."""
    when = When.of(as_of, known_on)
    query = (
        select(CoachingSession)
        .where(CoachingSession.happened(when))
        .order_by(
            CoachingSession.held_on.is_(None),
            CoachingSession.held_on.desc(),
            CoachingSession.id.desc(),
        )
    )
    if kind:
        query = query.where(CoachingSession.kind.in_(kind))
    if host:
        query = query.where(CoachingSession.host_id == host.id)
    if site:
        query = query.where(CoachingSession.site_id == site.id)
    if solution:
        query = query.where(CoachingSession.solutions.any(Solution.id == solution.id))
    return query


def may_read_text(who: Member | None, session: Any) -> bool:
    """Whether `who` may read what was asked and advised: the site, the host, the ministry."""
    if who is None:
        return False
    parties = (session.host_id, session.site.municipality.organisation_id)
    return who.organisation_id in parties or allowed(Can.READ_ALL_COACHING)


def may_log(who: Member | None, site: Site | None = None) -> bool:
    """Whether `who` may log sessions: coaches and consultants anywhere, a site about itself."""
    if who is None or not allowed(Can.LOG_COACHING):
        return False
    if who.role != "municipality":
        return True
    return site is None or who.organisation_id == site.municipality.organisation_id


def may_edit(who: Member | None, session: CoachingSession) -> bool:
    """Whether `who` may change `session`: only its host."""
    return may_log(who, session.site) and who is not None and who.organisation_id == session.host_id


def as_said(session: CoachingSession | Mapping[str, Any]) -> dict[str, Any]:
    """What a session, or checked values for one, say, as a form would send it."""
    told = SessionLogSchema().dump(session)
    for several in ("solutions", "deployments", "guideline_items"):
        told[several] = sorted(told[several] or [])
    # A form sends each line end as two characters, a program as one.
    ends = {name: "\n".join(it.splitlines()) for name, it in told.items() if isinstance(it, str)}
    return {name: value for name, value in (told | ends).items() if name not in FRAME}


def log_session(values: dict[str, Any], who: Any) -> CoachingSession:
    """A new session that `who` logs for its own organisation."""
    place = values["site"].slug[:60].strip("-")
    slug = f"{values['held_on'].isoformat()}-{place}-{token_hex(3)}"
    session = CoachingSession(
        slug=slug, host=who.organisation, recorded_by=who, mark=Mark.REPORTED, **values
    )
    db.session.add(session)
    return session
