"""Orders: which report somebody asked for, how far it is, and where its file is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validates_schema
from sqlalchemy import ForeignKey, Select, func, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from accounts.organisations import Organisation
from accounts.users import User
from common.db import Key, Line, Model, Name, Slug, db, now
from common.facts import When, today
from common.locale import name_values
from common.permissions import Role
from common.schema import Choice, Ref, Schema
from tracker.reports.months import Month, counted_on, month_name
from tracker.sites import Site

KEPT_DAYS = 30
MOST_WAITING = 5
MOST_A_DAY = 100
A_DAY = timedelta(days=1)


class PaperKind(StrEnum):
    """What a report covers."""

    MONTHLY = "monthly"
    FINAL = "final"


class PaperType(StrEnum):
    """The kind of file."""

    XLSX = "xlsx"
    PDF = "pdf"
    HWPX = "hwpx"


class PaperLanguage(StrEnum):
    """The language of a report."""

    KO = "ko"
    EN = "en"


class PaperState(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


name_values(
    {
        PaperKind.MONTHLY: _l("Monthly report"),
        PaperKind.FINAL: _l("Final report"),
        PaperType.XLSX: _l("Excel (XLSX)"),
        PaperType.PDF: _l("PDF"),
        PaperType.HWPX: _l("Hangul (HWPX)"),
        PaperLanguage.KO: "한국어",
        PaperLanguage.EN: "English",
        PaperState.WAITING: _l("Waits its turn"),
        PaperState.WORKING: _l("Being made"),
        PaperState.DONE: _l("Ready"),
        PaperState.FAILED: _l("Failed"),
    }
)

UNDER_WAY = (PaperState.WAITING, PaperState.WORKING)


class PaperOrder(Model):
    """A report that somebody asked for, with the rights of the account as it was then."""

    __tablename__ = "paper_order"

    id: Mapped[Key]
    slug: Mapped[Slug]
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    role: Mapped[Role]
    kind: Mapped[PaperKind]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    site: Mapped[Site | None] = relationship(lazy="joined")
    month: Mapped[date]
    as_of: Mapped[date]
    known_on: Mapped[date | None]
    language: Mapped[PaperLanguage]
    file_type: Mapped[PaperType]
    state: Mapped[PaperState] = mapped_column(default=PaperState.WAITING)
    progress: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)
    made_at: Mapped[datetime | None]
    data_version: Mapped[Name | None]
    error: Mapped[Line | None]

    @property
    def when(self) -> When:
        """The two dates that it is told as of."""
        return When(self.as_of, self.known_on)

    @property
    def file_name(self) -> str:
        """The name under which it is taken away."""
        about = self.site.slug if self.site else "nationwide"
        days = [self.as_of.isoformat(), *([self.known_on.isoformat()] if self.known_on else [])]
        return "-".join(["report", about, self.kind, *days, self.language]) + f".{self.file_type}"

    @property
    def path(self) -> Path:
        """Where its file is kept."""
        return folder() / f"{self.slug}.{self.file_type}"

    @property
    def kept_until(self) -> date:
        """The last day on which it is surely kept."""
        return (self.asked_at + timedelta(days=KEPT_DAYS)).date()


class PaperOrderSchema(Schema):
    """Which report: of what, as of when, in which language and as which kind of file."""

    kind = Choice(PaperKind, required=True, metadata={"label": _l("Kind of report")})
    site = Ref(Site, allow_none=True, load_default=None, metadata={"label": _l("About")})
    month = Month(
        allow_none=True,
        load_default=None,
        metadata={
            "label": _l("Month"),
            "hint": _l("For example 2025-03. A final report covers everything up to its end."),
        },
    )
    as_of = fields.Date(
        allow_none=True,
        load_default=None,
        metadata={"label": _l("As of"), "hint": _l("Left empty: the last day of the month.")},
    )
    known_on = fields.Date(
        allow_none=True,
        load_default=None,
        metadata={"label": _l("As known on"), "hint": _l("Left empty: all that is known now.")},
    )
    language = Choice(PaperLanguage, required=True, metadata={"label": _l("Language")})
    file_type = Choice(PaperType, required=True, metadata={"label": _l("Kind of file")})

    @validates_schema
    def has_its_day(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A month or a day that has begun, and that agree."""
        month, as_of = values.get("month"), values.get("as_of")
        for name in ("as_of", "known_on"):
            if values.get(name) and values[name] > today():
                raise ValidationError(_("This day has not come yet; choose one up to today."), name)
        if month and month > today():
            last = month_name(today())
            raise ValidationError(
                _("This month has not begun; choose one up to %(month)s.", month=last), "month"
            )
        if month is None and as_of is None:
            raise ValidationError(_("Choose a month, for example 2026-10."), "month")
        if month and as_of and as_of.replace(day=1) != month:
            raise ValidationError(
                _("Choose a day of %(month)s, or leave it empty.", month=month_name(month)),
                "as_of",
            )

    @validates_schema(skip_on_field_errors=True)
    def was_selected(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A site has nothing to report before it was selected."""
        site, last = values.get("site"), last_day(values)
        if site and last and last < site.selected_on:
            raise ValidationError(
                _(
                    "It was selected on %(day)s; choose that day or a later one.",
                    day=site.selected_on,
                ),
                "month",
            )

    @post_load
    def completed(self, values: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Both the month and the day, whichever was given."""
        last = last_day(values) or today()
        return values | {"as_of": last, "month": last.replace(day=1)}


def last_day(values: dict[str, Any]) -> date | None:
    """The day that a report is told as of: as asked, else the end of its month or today."""
    month: date | None = values.get("month")
    return values.get("as_of") or (counted_on(month) if month else None)


class PaperToldSchema(PaperOrderSchema):
    """A report as whoever may fetch it is told of it."""

    slug = fields.String(dump_only=True)
    state = Choice(PaperState, dump_only=True)
    progress = fields.Integer(dump_only=True)
    asked_at = fields.AwareDateTime(dump_only=True)
    made_at = fields.AwareDateTime(dump_only=True)
    kept_until = fields.Date(dump_only=True)
    data_version = fields.String(dump_only=True)
    file_name = fields.String(dump_only=True)
    error = fields.String(dump_only=True)


def find_orders(who: Any, *, slug: str | None = None) -> Select[PaperOrder]:
    """The reports that `who` may fetch, the newest first.

    A report says what its asker may read. Colleagues of another role may read less, so that only
    those of the same organisation and role see it.
    """
    query = select(PaperOrder).where(
        PaperOrder.organisation_id == who.organisation_id, PaperOrder.role == who.role
    )
    if slug is not None:
        query = query.where(PaperOrder.slug == slug)
    options = joinedload(PaperOrder.site).joinedload(Site.municipality)
    return query.options(options).order_by(PaperOrder.asked_at.desc(), PaperOrder.id.desc())


def too_many(who: Any) -> dict[str, list[str]]:
    """Why `who` may not ask for one more report just now; empty where nothing is in the way."""
    mine = select(func.count()).select_from(PaperOrder).where(PaperOrder.user_id == who.id)
    if (db.session.scalar(mine.where(PaperOrder.state.in_(UNDER_WAY))) or 0) >= MOST_WAITING:
        why = _("%(n)s of your reports are still being made; wait for one.", n=MOST_WAITING)
        return {"kind": [why]}
    if (db.session.scalar(mine.where(PaperOrder.asked_at > now() - A_DAY)) or 0) >= MOST_A_DAY:
        return {"kind": [_("You asked for %(n)s reports today; go on tomorrow.", n=MOST_A_DAY)]}
    return {}


def ordered(who: Any, values: dict[str, Any]) -> PaperOrder:
    """A new order of `who`, not yet committed."""
    order = PaperOrder(
        slug=f"paper-{token_hex(8)}",
        user=who,
        organisation_id=who.organisation_id,
        role=who.role,
        **values,
    )
    db.session.add(order)
    return order


def told(slug: str, **values: Any) -> bool:
    """Note how far a report is, at once for everybody; whether it is on record."""
    with db.engine.begin() as connection:
        done = connection.execute(
            update(PaperOrder).where(PaperOrder.slug == slug).values(**values)
        )
        return bool(done.rowcount)


def claimed(slug: str) -> bool:
    """Whether this worker, and no other, is to make the report now."""
    waits = update(PaperOrder).where(
        PaperOrder.slug == slug, PaperOrder.state == PaperState.WAITING
    )
    with db.engine.begin() as connection:
        done = connection.execute(waits.values(state=PaperState.WORKING, progress=1))
        return bool(done.rowcount)


def left_over() -> list[str]:
    """Reports that nobody works on any more, put back to waiting; for a worker that is alone."""
    with db.engine.begin() as connection:
        connection.execute(
            update(PaperOrder)
            .where(PaperOrder.state == PaperState.WORKING)
            .values(state=PaperState.WAITING, progress=0)
        )
        waits = select(PaperOrder.slug).where(PaperOrder.state == PaperState.WAITING)
        return list(connection.scalars(waits.order_by(PaperOrder.id)))


def forget(days: int = KEPT_DAYS) -> int:
    """Remove reports asked for longer ago, and files that belong to none; how many reports."""
    old = db.session.scalars(
        select(PaperOrder).where(
            PaperOrder.asked_at < now() - timedelta(days=days), PaperOrder.state.not_in(UNDER_WAY)
        )
    ).all()
    for order in old:
        db.session.delete(order)
    db.session.commit()
    _remove_files_without(db.session.scalars(select(PaperOrder.slug)))
    return len(old)


def _remove_files_without(slugs: Iterable[str]) -> None:
    kept = set(slugs)
    for file in folder().iterdir():
        if file.name.partition(".")[0] not in kept:
            file.unlink(missing_ok=True)


def folder() -> Path:
    """Where reports are kept."""
    place = Path(current_app.instance_path) / "papers"
    place.mkdir(mode=0o700, exist_ok=True)
    return place
