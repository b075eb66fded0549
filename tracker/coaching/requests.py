"""Requests: a site asks for help, a host accepts or declines; each step stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from types import SimpleNamespace
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import CheckConstraint, ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from catalog.solutions import Solution
from common.db import Key, Model, Slug, Text, Words, db, now
from common.facts import When, WhenFilters, last_steps, today
from common.permissions import Can, Member, allowed
from common.schema import Choice, Ref, Schema, Whole, between, text
from tracker.coaching.agreements import MOST_MIN, Agreement
from tracker.coaching.codes import RequestState, Topic
from tracker.coaching.details import Codes
from tracker.coaching.reviews import taken
from tracker.sites import Site


class HelpRequest(Model):
    """What a site asks a host, or any host, to help with."""

    __tablename__ = "coaching_request"
    __table_args__ = (
        CheckConstraint(f"minutes_wished BETWEEN 1 AND {MOST_MIN}", name="minutes"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    site: Mapped[Site] = relationship(lazy="joined")
    host_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    host: Mapped[Organisation | None] = relationship(lazy="joined")
    solution_id: Mapped[int | None] = mapped_column(ForeignKey("solution.id"))
    solution: Mapped[Solution | None] = relationship(lazy="joined")
    topics: Mapped[Words] = mapped_column(default=list)
    question: Mapped[Text]
    minutes_wished: Mapped[int | None]
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_agreement.id"))
    agreement: Mapped[Agreement | None] = relationship(lazy="joined")
    version: Mapped[int] = mapped_column()
    steps: Mapped[list[RequestStep]] = relationship(
        back_populates="request", order_by="RequestStep.id", lazy="selectin"
    )

    # Each step counts, also one that changes nothing else here.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012

    @classmethod
    def made(cls, **_values: Any) -> HelpRequest:
        """Nothing: a site asks on its page. Raises ValidationError with the way on."""
        raise ValidationError(
            {"slug": [_("Sites ask on their own pages; load agreements instead.")]}
        )

    def take(self, what: RequestState, who: Any, comment: str | None = None) -> None:
        """Take a step in the name of `who`."""
        self.version = (self.version or 0) + 1
        self.steps.append(RequestStep(what=what, by=who, comment=comment))


class RequestStep(Model):
    """Something done with a request: by whom, when, and with which words."""

    __tablename__ = "coaching_request_step"

    id: Mapped[Key]
    request_id: Mapped[int] = mapped_column(ForeignKey("coaching_request.id"), index=True)
    request: Mapped[HelpRequest] = relationship(back_populates="steps")
    what: Mapped[RequestState]
    comment: Mapped[Text | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Any] = relationship("User", lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class AskSchema(Schema):
    """What a site asks."""

    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    host = Ref(
        Organisation,
        allow_none=True,
        load_default=None,
        metadata={"label": _l("Whom to ask"), "hint": _l("Left open, any coach may accept.")},
    )
    solution = Ref(Solution, allow_none=True, load_default=None, metadata={"label": _l("Solution")})
    topics = Codes(Topic, load_default=list, metadata={"label": _l("Topics")})
    question = text(required=True, label=_l("What you need help with"))
    minutes_wished = Whole(
        allow_none=True,
        load_default=None,
        validate=between(1, MOST_MIN),
        metadata={"label": _l("Minutes wished for"), "unit": _l("min")},
    )


class RequestSchema(AskSchema):
    """A request as it is kept."""

    slug = fields.String(dump_only=True)
    agreement = Ref(Agreement, dump_only=True)


class RequestStepSchema(Schema):
    """A step as it is told."""

    what = Choice(RequestState, dump_only=True)
    by = fields.Function(lambda it: it.by.organisation.slug, dump_only=True)
    comment = fields.String(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)


class RequestToldSchema(RequestSchema):
    """A request as far as whoever asks may read it."""

    state = Choice(RequestState, dump_only=True)
    version = Whole(dump_only=True)
    text_hidden = fields.Function(lambda record: not record.readable, dump_only=True)
    steps = fields.List(fields.Nested(RequestStepSchema), dump_only=True)


class AnswerRequestSchema(Schema):
    """Why a request is declined or withdrawn."""

    version = Whole(required=True, validate=between(1, 10**6))
    comment = text(2000, required=True, label=_l("Reason"))


class RequestFilters(WhenFilters):
    """What the list of requests can be narrowed to."""

    site = Ref(Site, metadata={"label": _l("Site")})
    host = Ref(Organisation, metadata={"label": _l("Host")})
    state = fields.List(Choice(RequestState), metadata={"label": _l("State")})


def find_requests(
    *,
    site: Site | None = None,
    host: Organisation | None = None,
    state: list[RequestState] | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[HelpRequest]:
    """Requests that were made as of a date, newest first, in `state` as of that date."""
    steps = last_steps(RequestStep, "request_id", When.of(as_of, known_on)).subquery()
    query = (
        select(HelpRequest)
        .join(steps, steps.c.request_id == HelpRequest.id)
        .order_by(HelpRequest.id.desc())
    )
    if site:
        query = query.where(HelpRequest.site_id == site.id)
    if host:
        query = query.where(HelpRequest.host_id == host.id)
    if state:
        query = query.where(steps.c.what.in_(state))
    return query


@dataclass(frozen=True)
class RequestRecord:
    """A request as far as whoever asks may read it, as of a date."""

    request: HelpRequest
    when: When
    readable: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.request, name)

    @property
    def taken(self) -> list[RequestStep]:
        """The steps as of the date."""
        return taken(self.request.steps, self.when)

    @property
    def steps(self) -> list[Any]:
        """The steps as of the date; their words are the parties' alone."""
        if self.readable:
            return self.taken
        return [
            SimpleNamespace(what=it.what, by=it.by, comment=None, recorded_at=it.recorded_at)
            for it in self.taken
        ]

    @property
    def state(self) -> RequestState | None:
        """How far it has come."""
        return self.taken[-1].what if self.taken else None

    @property
    def question(self) -> str | None:
        """What is asked; None for those who may not read it."""
        return self.request.question if self.readable else None

    @property
    def agreement(self) -> Agreement | None:
        """What was agreed on it, once it was accepted."""
        return self.request.agreement if self.state is RequestState.ACCEPTED else None


def may_read_request(who: Member | None, it: HelpRequest) -> bool:
    """Whether `who` may read the words of `it`: the site, its host, the ministry.

    While an open one waits, every coach may, or none could accept.
    """
    if who is None:
        return False
    hosts = {it.host_id, it.agreement.host_id if it.agreement else None}
    party = who.organisation_id in {it.site.municipality.organisation_id, *hosts}
    waits = it.steps[-1].what is RequestState.ASKED
    open_to_all = it.host_id is None and waits and allowed(Can.OFFER_COACHING)
    return party or open_to_all or allowed(Can.READ_ALL_COACHING)


def may_ask(who: Member | None, site: Site | None = None) -> bool:
    """Whether `who` may ask for help: a municipality for its own site."""
    if who is None or not allowed(Can.ASK_FOR_COACHING):
        return False
    return site is None or who.organisation_id == site.municipality.organisation_id


def may_answer(who: Member | None, it: HelpRequest) -> bool:
    """Whether `who` may accept or decline `it`: the host asked, or any coach if it is open."""
    if who is None or not allowed(Can.OFFER_COACHING):
        return False
    own = it.site.municipality.organisation_id
    return who.organisation_id == it.host_id or (it.host_id is None and who.organisation_id != own)


def request_records(requests: Sequence[HelpRequest], **when: Any) -> list[RequestRecord]:
    """The requests as far as whoever sends this request may read them."""
    day, who = When.of(**when), g.get("who")
    return [RequestRecord(it, day, may_read_request(who, it)) for it in requests]


def ask_for_help(values: dict[str, Any], who: Any) -> HelpRequest:
    """A new request in the name of `who`."""
    place = values["site"].slug[:50].strip("-")
    slug = f"{today().isoformat()}-{place}-{token_hex(3)}"
    request = HelpRequest(slug=slug, **values)
    request.take(RequestState.ASKED, who)
    db.session.add(request)
    return request
