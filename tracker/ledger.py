"""Ledger: money of a site by fund and stage, in whole KRW, and the 1:1 match to the won."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Model, Won
from common.facts import Fact, FactSchema, When, latest
from common.locale import name_values
from common.schema import Choice, Ref, Whole, between
from tracker.rounds import LARGEST_WON
from tracker.sites import Site


class Fund(StrEnum):
    """Where money comes from; `local` is local money whose split is not known, `all` everything."""

    NATIONAL = "national"
    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    LOCAL = "local"
    ALL = "all"


class MoneyStage(StrEnum):
    """How far the money has come."""

    COMMITTED = "committed"
    SPENT = "spent"


name_values(
    {
        Fund.NATIONAL: _l("National money"),
        Fund.PROVINCE: _l("Provincial money"),
        Fund.MUNICIPALITY: _l("Municipal money"),
        Fund.LOCAL: _l("Local money"),
        Fund.ALL: _l("All money"),
        MoneyStage.COMMITTED: _l("Committed"),
        MoneyStage.SPENT: _l("Spent"),
    }
)

LOCAL_FUNDS = (Fund.PROVINCE, Fund.MUNICIPALITY, Fund.LOCAL)


class Money(Fact, Cited, Model):
    """An amount of one fund that reached a stage, as of a day."""

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


class MoneySchema(FactSchema, CitedSchema):
    """An amount as it is written down."""

    model = Money

    site = Ref(Site, required=True, metadata={"label": _l("Site")})
    fund = Choice(Fund, required=True, metadata={"label": _l("Fund")})
    stage = Choice(MoneyStage, required=True, metadata={"label": _l("Stage")})
    amount_won = Whole(
        required=True,
        validate=between(0, LARGEST_WON),
        metadata={"label": _l("Amount"), "unit": _l("KRW")},
    )


@dataclass(frozen=True)
class Account:
    """What is known of one site's money as of a day; every amount in KRW, None for unknown."""

    rows: dict[tuple[Fund, MoneyStage], Money]
    local_per_national: int = 1

    def amount(self, fund: Fund, stage: MoneyStage = MoneyStage.COMMITTED) -> int | None:
        """What `fund` reached at `stage`."""
        row = self.rows.get((fund, stage))
        return row.amount_won if row else None

    @property
    def national_won(self) -> int | None:
        """National money committed."""
        return self.amount(Fund.NATIONAL)

    @property
    def local_won(self) -> int | None:
        """Local money committed, all local funds together."""
        return _sum(self.amount(fund) for fund in LOCAL_FUNDS)

    @property
    def committed_won(self) -> int | None:
        """National and local money committed; None where either is unknown."""
        if self.national_won is None or self.local_won is None:
            return None
        return self.national_won + self.local_won

    @property
    def match_shortfall_won(self) -> int | None:
        """What local money lacks to match the national money, to the won; 0 when it matches."""
        if self.national_won is None or self.local_won is None:
            return None
        return max(0, self.national_won * self.local_per_national - self.local_won)

    @property
    def spent_won(self) -> int | None:
        """What was spent in all: the total where one was told, else the sum of the funds.

        None where a fund that was committed has not told what it spent: a part is not the whole.
        """
        total = self.amount(Fund.ALL, MoneyStage.SPENT)
        if total is not None:
            return total
        committed = [fund for fund, stage in self.rows if stage is MoneyStage.COMMITTED]
        spent = [self.amount(fund, MoneyStage.SPENT) for fund in committed]
        return None if None in spent else _sum(spent)


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def find_money(site_ids: list[int], when: When) -> Any:
    """The newest amount of each fund and stage of the sites."""
    by = (Money.site_id, Money.fund, Money.stage)
    return latest(Money, by, when).where(Money.site_id.in_(site_ids))
