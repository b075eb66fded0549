"""What pages, files and the API tell of money: amounts with their facts, sums, match and refund."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from common.db import db
from common.facts import Precision
from common.schema import Choice, Ref, Schema
from tracker.money.account import Account
from tracker.money.ledger import Fund, Money, MoneySchema, MoneyStage, find_money
from tracker.rollout import SiteRecord, whole_months
from tracker.sites import Site
from tracker.states import State

SETTLED = (Fund.NATIONAL, Fund.PROVINCE, Fund.MUNICIPALITY, Fund.LOCAL, Fund.ALL)


class MoneyToldSchema(MoneySchema):
    """An amount with what it corrected and whose account recorded it."""

    corrected_won = fields.Integer(attribute="corrects.amount_won", dump_only=True)
    corrected_on = fields.Date(attribute="corrects.on", dump_only=True)
    recorded_by = fields.String(attribute="recorded_by.organisation.slug", dump_only=True)


@dataclass(frozen=True)
class SiteLedger:
    """The money of a site as of a day: what is worked out, and all rows that it is made of."""

    record: SiteRecord
    history: Sequence[Money]

    @property
    def account(self) -> Account:
        """What is known of its money on that day."""
        return self.record.account

    @property
    def start(self) -> Any:
        """What shows first that work began: an event that says so, or a contract; None if none."""
        begun: list[Any] = [
            fact
            for fact in self.record.progress
            if fact.state is State.STARTED and fact.precision is not Precision.UNKNOWN
        ]
        begun += [
            row for row in self.history if row.stage is MoneyStage.CONTRACTED and row.amount_won
        ]
        return min(begun, key=lambda fact: fact.on, default=None)

    @property
    def months_to_start(self) -> int | None:
        """Whole months from the selection to the start; None before it."""
        return whole_months(self.record.selected_on, self.start.on) if self.start else None

    @property
    def stages(self) -> list[MoneyStage]:
        """The stages of which anything is told."""
        told = {stage for _fund, stage in self.account.rows}
        return [stage for stage in MoneyStage if stage in told]


def site_ledger(record: SiteRecord) -> SiteLedger:
    """The money of the site of `record` as of its date, newest amounts first."""
    when = record.when
    rows = find_money(site=record.site, as_of=when.as_of, known_on=when.known_on)
    return SiteLedger(record, db.session.scalars(rows).unique().all())


class StageSumsSchema(Schema):
    """The sums of one stage, double-checked, and the match."""

    stage = Choice(MoneyStage)
    national_won = fields.Integer()
    local_won = fields.Integer()
    summed_won = fields.Integer()
    told_won = fields.Integer()
    needed_won = fields.Integer()
    shortfall_won = fields.Integer()
    surplus_won = fields.Integer()
    facts = fields.List(fields.String())


class TwoSumsSchema(Schema):
    """A total that does not agree with its parts."""

    stage = Choice(MoneyStage, attribute="told.stage")
    fund = Choice(Fund, attribute="told.fund")
    told_won = fields.Integer(attribute="told.amount_won")
    summed_won = fields.Integer()
    difference_won = fields.Integer()
    told = fields.String(attribute="told.key")
    parts = fields.Function(lambda it: [row.key for row in it.parts])


class ShareSchema(Schema):
    """A part of a whole."""

    part_won = fields.Integer()
    whole_won = fields.Integer()
    percent = fields.Float()


class SettlementSchema(Schema):
    """What a fund has to give back, and out of what that is worked out."""

    fund = Choice(Fund)
    received_won = fields.Integer()
    spent_won = fields.Integer()
    carried_over_won = fields.Integer()
    refunded_won = fields.Integer()
    refund_due_won = fields.Integer()
    lacking = fields.List(Choice(MoneyStage))


class LedgerSchema(Schema):
    """The money of a site as JSON tells it; each sum names the keys of its facts."""

    site = Ref(Site, attribute="record.site")
    as_of = fields.Date(attribute="record.when.as_of")
    known_on = fields.Date(attribute="record.when.known_on")
    local_per_national = fields.Integer(attribute="account.local_per_national")
    amounts = fields.Method("standing")
    stages = fields.Method("sums")
    differences = fields.List(fields.Nested(TwoSumsSchema), attribute="account.differences")
    execution = fields.Nested(ShareSchema, attribute="account.execution")
    real_execution = fields.Nested(ShareSchema, attribute="account.real_execution")
    started_on = fields.Date(attribute="start.on")
    start = fields.String(attribute="start.key")
    months_to_start = fields.Integer()
    months_to_completion = fields.Integer(attribute="record.months_to_completion")
    settlements = fields.Method("settled")
    national_refund_due_won = fields.Integer(attribute="account.refund_due_won")
    national_refund_by_share_won = fields.Integer(attribute="account.national_refund_by_share_won")
    history = fields.List(fields.Nested(MoneyToldSchema))

    def standing(self, ledger: SiteLedger) -> Any:
        """The newest balance of each fund and stage."""
        return MoneyToldSchema().dump(ledger.account.rows.values(), many=True)

    def sums(self, ledger: SiteLedger) -> Any:
        """The sums of each stage of which anything is told."""
        account = ledger.account
        return StageSumsSchema().dump([_sums(account, stage) for stage in ledger.stages], many=True)

    def settled(self, ledger: SiteLedger) -> Any:
        """What each fund received, spent, carries over, gave back and owes."""
        return SettlementSchema().dump(
            [_settled(ledger.account, fund) for fund in SETTLED], many=True
        )


def _sums(account: Account, stage: MoneyStage) -> dict[str, Any]:
    match = account.match(stage)
    return {
        "stage": stage,
        "national_won": account.amount(Fund.NATIONAL, stage),
        "local_won": account.local(stage),
        "summed_won": account.summed(stage),
        "told_won": account.amount(Fund.ALL, stage),
        "needed_won": match.needed_won if match else None,
        "shortfall_won": match.shortfall_won if match else None,
        "surplus_won": match.surplus_won if match else None,
        "facts": [row.key for row in account.rows.values() if row.stage is stage],
    }


def _settled(account: Account, fund: Fund) -> dict[str, Any]:
    it = account.settlement(fund)
    return {
        "fund": fund,
        "received_won": it.received_won,
        "spent_won": it.spent_won,
        "carried_over_won": it.carried_over_won,
        "refunded_won": it.refunded_won,
        "refund_due_won": account.refund_due(fund),
        "lacking": it.lacking if account.refund_due(fund) is None else [],
    }
