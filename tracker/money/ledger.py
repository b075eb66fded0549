"""Ledger: balances of a site's money by fund and stage, as dated facts in whole KRW."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from secrets import token_hex
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Model, Text, Won, db
from common.facts import Fact, FactSchema, When, WhenFilters, held
from common.locale import name_values
from common.schema import Choice, Ref, Schema, Whole, between, text
from tracker.rounds import LARGEST_WON
from tracker.sites import Site

WON = re.compile(r"-?(?:[0-9]{1,30}|[0-9]{1,3}(?:,[0-9]{3}){1,9})")


class Fund(StrEnum):
    """Where money comes from; `local` is all local money told as one, `all` everything."""

    NATIONAL = "national"
    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    LOCAL = "local"
    ALL = "all"


class MoneyStage(StrEnum):
    """How far the money has come."""

    PLANNED = "planned"
    COMMITTED = "committed"
    BUDGETED = "budgeted"
    RECEIVED = "received"
    CONTRACTED = "contracted"
    SPENT = "spent"
    CARRIED_OVER = "carried_over"
    REFUNDED = "refunded"


name_values(
    {
        Fund.NATIONAL: _l("National money"),
        Fund.PROVINCE: _l("Provincial money"),
        Fund.MUNICIPALITY: _l("Municipal money"),
        Fund.LOCAL: _l("Local money"),
        Fund.ALL: _l("All money"),
        MoneyStage.PLANNED: _l("Planned"),
        MoneyStage.COMMITTED: _l("Committed"),
        MoneyStage.BUDGETED: _l("Budgeted by the council"),
        MoneyStage.RECEIVED: _l("Received"),
        MoneyStage.CONTRACTED: _l("Contracted"),
        MoneyStage.SPENT: _l("Spent"),
        MoneyStage.CARRIED_OVER: _l("Carried over"),
        MoneyStage.REFUNDED: _l("Refunded"),
    }
)

LOCAL_PARTS = (Fund.PROVINCE, Fund.MUNICIPALITY)
LOCAL_FUNDS = (*LOCAL_PARTS, Fund.LOCAL)


class Money(Fact, Cited, Model):
    """The balance of one fund at a stage, as it holds from a day on.

    A balance is everything since the selection; only what is carried over is told year by year.
    """

    __tablename__ = "money"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("amount_won >= 0", name="amount"),
        Index("ix_money_question", "site_id", "fund", "stage", "on"),
    )

    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    site: Mapped[Site] = relationship()
    fund: Mapped[Fund]
    stage: Mapped[MoneyStage]
    amount_won: Mapped[Won]
    reason: Mapped[Text | None]


class WonField(Whole):
    """An amount in whole KRW, as a number or as people write it: 2000000000 or 2,000,000,000."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, str):
            if not WON.fullmatch(value):
                raise self.make_error("invalid", input=value)
            value = value.replace(",", "")
        return super()._validated(value)


class MoneyFields(Schema):
    """What an amount of money holds, whoever tells it."""

    fund = Choice(Fund, required=True, metadata={"label": _l("Fund")})
    stage = Choice(MoneyStage, required=True, metadata={"label": _l("Stage")})
    amount_won = WonField(
        required=True,
        validate=between(0, LARGEST_WON),
        metadata={"label": _l("Amount"), "unit": _l("KRW"), "kind": "won"},
    )
    on = fields.Date(required=True, metadata={"label": _l("Holds for the day")})
    reason = text(
        2000, allow_none=True, load_default=None, label=_l("Reason why it is out of line")
    )


class MoneyReportSchema(MoneyFields):
    """An amount as the site's own officer records it: the record is the source."""

    note_ko = text(2000, allow_none=True, load_default=None, label=_l("How it was counted"))


class MoneySchema(MoneyFields, FactSchema, CitedSchema):
    """An amount as files and the API tell it."""

    model = Money

    site = Ref(Site, required=True, metadata={"label": _l("Site")})


class MoneyFilters(WhenFilters):
    """What the list of amounts can be narrowed to."""

    site = Ref(Site, metadata={"label": _l("Site")})
    fund = Choice(Fund, metadata={"label": _l("Fund")})
    stage = Choice(MoneyStage, metadata={"label": _l("Stage")})


def find_money(
    *,
    site: Site | None = None,
    fund: Fund | None = None,
    stage: MoneyStage | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Money]:
    """Amounts that held by a day, newest first; what was corrected stands with its correction."""
    query = held(Money, When.of(as_of, known_on))
    if site:
        query = query.where(Money.site_id == site.id)
    if fund:
        query = query.where(Money.fund == fund)
    if stage:
        query = query.where(Money.stage == stage)
    return query.order_by(Money.on.desc(), Money.recorded_at.desc(), Money.id.desc())


def as_reported(site: Site, values: dict[str, Any], who: Any) -> Money:
    """An amount that `who` tells of `site`; it corrects what stood for that day."""
    same = find_money(
        site=site, fund=values["fund"], stage=values["stage"], as_of=values["on"]
    ).where(Money.on == values["on"])
    return told_money(site, values, who, db.session.scalars(same.limit(1)).first())


def told_money(site: Site, values: dict[str, Any], who: Any, corrects: Money | None) -> Money:
    """An amount that `who` tells of `site`; not in the session yet, so that it can be judged."""
    return Money(
        key=f"{site.slug[:60]}-{token_hex(4)}",
        site=site,
        corrects=corrects,
        recorded_by=who,
        mark=Mark.REPORTED,
        **values,
    )
