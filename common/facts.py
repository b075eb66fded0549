"""Dated facts: appended, never overwritten, and read as of a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    and_,
    func,
    select,
    true,
)
from sqlalchemy.orm import (
    Mapped,
    aliased,
    declared_attr,
    joinedload,
    mapped_column,
    relationship,
)

from common.db import Key, Model, Slug, now
from common.locale import name_values
from common.schema import Choice, Ref, Schema, slug_field

KOREA = timedelta(hours=9)


class Precision(StrEnum):
    """How exactly the day of a fact is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


name_values(
    {
        Precision.DAY: _l("day known"),
        Precision.MONTH: _l("month known"),
        Precision.YEAR: _l("year known"),
        Precision.UNKNOWN: _l("day unknown"),
    }
)


class Fact:
    """What held on a day: `on`, when it was told, by whom, and which row it corrects.

    A day known only to the month or the year is stored as its last day, and an unknown day as
    the day of recording, so that an as-of page never shows a thing before it is certain.
    """

    by = "key"

    key: Mapped[Slug]
    on: Mapped[date] = mapped_column(index=True)
    precision: Mapped[Precision] = mapped_column(default=Precision.DAY)
    recorded_at: Mapped[datetime] = mapped_column(default=now)

    @declared_attr
    def recorded_by_id(cls) -> Mapped[int | None]:  # noqa: N805 - a class method to SQLAlchemy
        """The account that recorded it; empty for the seeds."""
        return mapped_column(ForeignKey("account.id"))

    @declared_attr
    def recorded_by(cls) -> Mapped[Any]:  # noqa: N805
        """Whoever recorded it."""
        return relationship("User", lazy="joined")

    @declared_attr
    def corrects_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The row that this one corrects; a row is corrected at most once."""
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"), unique=True)  # type: ignore[attr-defined]

    @declared_attr
    def corrects(cls) -> Mapped[Any]:  # noqa: N805
        """What stood before."""
        # Joined by itself it would double the tables of every query: see `with_corrected`.
        own_id = f"{cls.__name__}.id"  # type: ignore[attr-defined]
        return relationship(cls, remote_side=own_id, lazy="select")  # type: ignore[arg-type]


class Withdrawal(Model):
    """That a fact that corrected nothing was told by mistake: from then on it does not stand."""

    __tablename__ = "withdrawal"
    __table_args__ = (UniqueConstraint("kind", "fact_id"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(60))  # the table that the fact is in
    fact_id: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class FactSchema(Schema):
    """The part of a fact that is the same for all of them."""

    key = slug_field()
    on = fields.Date(required=True, metadata={"label": _l("Holds for the day")})
    precision = Choice(Precision, load_default=Precision.DAY)
    recorded_at = fields.AwareDateTime(default_timezone=UTC, metadata={"column": "on load"})
    corrects = Ref("self", allow_none=True, load_default=None)


@dataclass(frozen=True)
class When:
    """The day that is asked about, and the day whose knowledge counts (None: today's).

    A moment instead of a day is exact: what a period held is what was known when it was closed.
    """

    as_of: date
    known_on: date | datetime | None = None

    @classmethod
    def of(cls, as_of: date | None = None, known_on: date | datetime | None = None) -> Self:
        """The two dates of an address; a missing `as_of` is today."""
        return cls(as_of or today(), known_on)


class WhenFilters(Schema):
    """The two dates that every address of the tracker takes."""

    as_of = fields.Date(load_default=None, metadata={"label": _l("As of")})
    known_on = fields.Date(load_default=None, metadata={"label": _l("As known on")})


def days_told(when: Mapping[str, date | None]) -> dict[str, str]:
    """The dates that rows were asked as of, as a file names them; today for a missing `as_of`."""
    days = {name: day or (today() if name == "as_of" else None) for name, day in when.items()}
    return {name: day.isoformat() for name, day in days.items() if day}


def today() -> date:
    """Today in Korea, where the rollout happens."""
    return (datetime.now(UTC) + KOREA).date()


def held(model: Any, when: When) -> Select[Any]:
    """Rows of the fact table `model` that held on `when.as_of`, without the corrected ones."""
    return select(model).where(stood(model, when))


def stood(model: Any, when: When) -> ColumnElement[bool]:
    """The condition that a row of `model` held on `when.as_of` and was not corrected by then."""
    corrected = select(model.corrects_id).where(model.corrects_id.is_not(None), known(model, when))
    return and_(
        model.on <= when.as_of,
        known(model, when),
        model.id.not_in(corrected.correlate(None)),
        not_withdrawn(model, when),
    )


def with_corrected(model: Any) -> Any:
    """Let rows of `model`, a table of facts, come with what they correct, but not its sources."""
    return joinedload(model.corrects).lazyload("*")


def not_withdrawn(model: Any, when: When | None = None) -> ColumnElement[bool]:
    """The condition that a row of `model` had not been taken back by then; by now without one."""
    kind = Withdrawal.kind == model.__tablename__
    told = true() if when is None else known(Withdrawal, when)
    condition: ColumnElement[bool] = model.id.not_in(select(Withdrawal.fact_id).where(kind, told))
    return condition


def last_steps(model: Any, thing: str, when: When | None) -> Select[Any]:
    """The last step `model` of each thing, named by the column `thing`, as far as it was taken.

    Taken by the earlier of both dates; None asks for all.
    """
    step = aliased(model)
    taken = select(func.max(step.id)).group_by(getattr(step, thing))
    if when is not None:
        day = min(when.as_of, when.known_on or when.as_of)
        taken = taken.where(known(step, When(day, day)))
    return select(model).where(model.id.in_(taken))


def latest(model: Any, by: tuple[Any, ...], when: When) -> Select[Any]:
    """The newest row that held for each combination of the columns `by`."""
    ranked = (
        held(model, when)
        .with_only_columns(
            model.id,
            func.row_number()
            .over(
                partition_by=by,
                order_by=(model.on.desc(), model.recorded_at.desc(), model.id.desc()),
            )
            .label("age"),
        )
        .subquery()
    )
    return select(model).join(ranked, ranked.c.id == model.id).where(ranked.c.age == 1)


def known(model: Any, when: When) -> ColumnElement[bool]:
    """The condition that a row of `model` had been recorded by the day whose knowledge counts."""
    if when.known_on is None:
        return true()
    if isinstance(when.known_on, datetime):
        by_then: ColumnElement[bool] = model.recorded_at <= when.known_on
        return by_then
    # A day's knowledge ends with the day in Seoul.
    last = min(when.known_on, date.max - timedelta(days=1))
    end = datetime.combine(last + timedelta(days=1), time(), UTC) - KOREA
    told: ColumnElement[bool] = model.recorded_at < end
    return told
