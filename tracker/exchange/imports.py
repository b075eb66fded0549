"""Imports: workbooks that came back, with each cell that differs and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.users import User
from common.db import Key, Line, Model, Slug, Text, now
from common.locale import name_values
from common.permissions import Member
from common.schema import Choice, Schema


class ExchangeList(StrEnum):
    """The lists that can be edited in a spreadsheet."""

    QUANTITIES = "quantities"
    MONEY = "money"
    STATES = "states"
    CHECKS = "checks"
    INSPECTIONS = "inspections"


class ImportState(StrEnum):
    """How far an import has come."""

    CHECKED = "checked"
    ACCEPTED = "accepted"
    UNDONE = "undone"


name_values(
    {
        ExchangeList.QUANTITIES: _l("Quantities of deployments"),
        ExchangeList.MONEY: _l("Money ledger"),
        ExchangeList.STATES: _l("States of deployments"),
        ExchangeList.CHECKS: _l("Checklist answers"),
        ExchangeList.INSPECTIONS: _l("Inspections of units"),
        ImportState.CHECKED: _l("Checked, not accepted"),
        ImportState.ACCEPTED: _l("Accepted"),
        ImportState.UNDONE: _l("Undone"),
    }
)


class ExchangeImport(Model):
    """A workbook that somebody sent, and whether its changes were accepted or undone."""

    __tablename__ = "exchange_import"

    id: Mapped[Key]
    slug: Mapped[Slug]
    kind: Mapped[ExchangeList]
    file_name: Mapped[Line]
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[ImportState] = mapped_column(default=ImportState.CHECKED)
    sender_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    sender: Mapped[User] = relationship(lazy="joined")
    uploaded_at: Mapped[datetime] = mapped_column(default=now)
    accepted_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    cells: Mapped[list[ExchangeCell]] = relationship(
        order_by="ExchangeCell.id", cascade="all, delete-orphan"
    )


class ExchangeCell(Model):
    """A cell of a row that somebody edited: what it was when downloaded, and what it says."""

    __tablename__ = "exchange_cell"
    __table_args__ = (UniqueConstraint("import_id", "row", "column"),)

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("exchange_import.id"))
    row: Mapped[int]
    address: Mapped[str] = mapped_column(String(12))
    column: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    was: Mapped[Text]
    said: Mapped[Text]
    stood: Mapped[Text | None]  # what was on record when the import was accepted
    taken: Mapped[bool] = mapped_column(default=False)
    fact: Mapped[str | None] = mapped_column(String(80))  # the key of the fact that it became


class ImportSchema(Schema):
    """An import in one line."""

    slug = fields.String()
    kind = Choice(ExchangeList)
    file_name = fields.String()
    sha256 = fields.String()
    state = Choice(ImportState)
    by = fields.String(attribute="sender.organisation.slug")
    uploaded_at = fields.AwareDateTime()
    accepted_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime()


def find_imports(who: Member) -> Select[ExchangeImport]:
    """The imports of the organisation of `who`, newest first."""
    mine = select(User.id).where(User.organisation_id == who.organisation_id)
    query = select(ExchangeImport).where(ExchangeImport.sender_id.in_(mine))
    return query.order_by(ExchangeImport.uploaded_at.desc(), ExchangeImport.id.desc())


def one_import(slug: str, who: Member) -> Any:
    """The query of the import that `slug` names, if it is one of the organisation of `who`."""
    return find_imports(who).where(ExchangeImport.slug == slug)
