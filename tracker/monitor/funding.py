"""Funding: the money of a level by stage and source, to the won what the ledger tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from marshmallow import fields

from common.schema import Choice, Schema
from tracker.money.account import Account
from tracker.money.ledger import Fund, MoneyStage
from tracker.plan.budgets import total
from tracker.rollout import SiteRecord


@dataclass(frozen=True)
class StageMoney:
    """What sites told of one stage: by source, in all, and how many of them told it whole.

    `by_fund` names the parts that were told: `local` is local money whose split is not known,
    `all` money whose source is not. A source that nobody told is not in it.
    """

    stage: MoneyStage
    by_fund: Mapping[Fund, int]
    whole_won: int | None
    known: int
    sites: int

    @property
    def told_won(self) -> int | None:
        """All that was told, parts of a whole that is not known included."""
        return sum(self.by_fund.values()) if self.by_fund else None


class StageMoneySchema(Schema):
    """The money of a stage as the API tells it."""

    stage = Choice(MoneyStage)
    national_won = fields.Function(lambda it: it.by_fund.get(Fund.NATIONAL))
    province_won = fields.Function(lambda it: it.by_fund.get(Fund.PROVINCE))
    municipality_won = fields.Function(lambda it: it.by_fund.get(Fund.MUNICIPALITY))
    local_won = fields.Function(lambda it: it.by_fund.get(Fund.LOCAL))
    source_unknown_won = fields.Function(lambda it: it.by_fund.get(Fund.ALL))
    told_won = fields.Integer()
    whole_won = fields.Integer()
    known = fields.Integer()
    sites = fields.Integer()


def funding(sites: Iterable[SiteRecord]) -> list[StageMoney]:
    """The money of `sites` at each stage, in the order of the stages."""
    accounts = [it.account for it in sites]
    found = []
    for stage in MoneyStage:
        parts = [sources(it, stage) for it in accounts]
        whole = [it.total(stage) for it in accounts]
        sums = {fund: total(part.get(fund) for part in parts) for fund in Fund}
        known = {fund: won for fund, won in sums.items() if won is not None}
        count = sum(won is not None for won in whole)
        found.append(StageMoney(stage, known, total(whole), count, len(accounts)))
    return found


def sources(account: Account, stage: MoneyStage) -> dict[Fund, int]:
    """What was told of a stage, parted by source; it adds up to all that was told of it.

    A total that was told counts: what its parts leave is of unknown source, and where they are
    more than the total, none of it has a source that can be trusted.
    """
    local = account.local_rows(stage) or account.told((Fund.PROVINCE, Fund.MUNICIPALITY), stage)
    parts = {row.fund: row.amount_won for row in [*account.told([Fund.NATIONAL], stage), *local]}
    whole = account.amount(Fund.ALL, stage)
    if whole is None:
        return parts
    rest = whole - sum(parts.values())
    if rest < 0:
        return {Fund.ALL: whole}
    return parts | ({Fund.ALL: rest} if rest or not parts else {})
