"""Account: sums, match, rates and refunds of one site, worked out from its balances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tracker.money.ledger import LOCAL_FUNDS, LOCAL_PARTS, Fund, Money, MoneyStage

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Match:
    """Local money held against what the national money asks for, to the won."""

    national_won: int
    local_won: int
    local_per_national: int = 1

    @property
    def needed_won(self) -> int:
        """What the national money asks for."""
        return self.national_won * self.local_per_national

    @property
    def shortfall_won(self) -> int:
        """What local money lacks; 0 when it matches."""
        return max(0, self.needed_won - self.local_won)

    @property
    def surplus_won(self) -> int:
        """What local money has more than it needs."""
        return max(0, self.local_won - self.needed_won)


@dataclass(frozen=True)
class TwoSums:
    """A total that was told and the parts that were told, where they do not agree."""

    told: Money
    parts: list[Money]

    @property
    def summed_won(self) -> int:
        """The parts, added up."""
        return sum(row.amount_won for row in self.parts)

    @property
    def difference_won(self) -> int:
        """What the total has more than its parts; negative where it has less."""
        return self.told.amount_won - self.summed_won


@dataclass(frozen=True)
class Share:
    """A part of a whole greater than 0, both in KRW."""

    part_won: int
    whole_won: int

    @property
    def percent(self) -> Decimal:
        """The share in per cent with one decimal; 0 and 100 only where it is exactly that."""
        exact = Decimal(100 * self.part_won) / self.whole_won
        shown = exact.quantize(TENTH, ROUND_HALF_UP)
        if shown == exact or shown not in (0, 100):
            return shown
        return shown + (TENTH if exact > shown else -TENTH)


@dataclass(frozen=True)
class Settlement:
    """What one fund received, spent, carries over and gave back; None for unknown."""

    received_won: int | None
    spent_won: int | None
    carried_over_won: int | None
    refunded_won: int | None

    @property
    def unspent_won(self) -> int | None:
        """Received less spent; negative where more was spent than received."""
        if self.received_won is None or self.spent_won is None:
            return None
        return self.received_won - self.spent_won

    @property
    def refund_due_won(self) -> int | None:
        """Received - spent - carried over - refunded, at least 0; None where one is unknown.

        Where nothing is left, nothing is due, whatever was carried over or given back.
        """
        if self.unspent_won is None:
            return None
        if self.unspent_won <= 0:
            return 0
        if self.carried_over_won is None or self.refunded_won is None:
            return None
        return max(0, self.unspent_won - self.carried_over_won - self.refunded_won)

    @property
    def lacking(self) -> list[MoneyStage]:
        """The stages without which the refund cannot be worked out."""
        if self.refund_due_won is not None:
            return []
        told = {
            MoneyStage.RECEIVED: self.received_won,
            MoneyStage.SPENT: self.spent_won,
            MoneyStage.CARRIED_OVER: self.carried_over_won,
            MoneyStage.REFUNDED: self.refunded_won,
        }
        return [stage for stage, amount in told.items() if amount is None]


@dataclass(frozen=True)
class Account:
    """What is known of one site's money as of a day; every amount in KRW, None for unknown.

    `rows` holds the newest balance of each fund and stage. A total that was told counts, and the
    parts are held against it (`differences`). A part is not the whole: where one is missing, the
    sum is unknown.
    """

    rows: dict[tuple[Fund, MoneyStage], Money]
    local_per_national: int = 1

    def amount(self, fund: Fund, stage: MoneyStage = MoneyStage.COMMITTED) -> int | None:
        """What `fund` reached at `stage`, as it was told."""
        row = self.rows.get((fund, stage))
        return row.amount_won if row else None

    def local_rows(self, stage: MoneyStage) -> list[Money]:
        """The rows that make up the local money at `stage`, none twice; none if one is missing.

        Local money is whole when it was told as one, or when the municipality and every other
        local fund of the agreement told theirs.
        """
        whole = self.rows.get((Fund.LOCAL, stage))
        parts = self.told(LOCAL_PARTS, stage)
        if whole:
            return parts if parts and total_of(parts) == whole.amount_won else [whole]
        told = {row.fund for row in parts}
        agreed = {fund for fund in LOCAL_FUNDS if (fund, MoneyStage.COMMITTED) in self.rows}
        needed = {Fund.MUNICIPALITY} | (agreed if stage != MoneyStage.COMMITTED else set())
        return parts if told == set(LOCAL_PARTS) or needed <= told else []

    def all_rows(self, stage: MoneyStage) -> list[Money]:
        """The rows that make up all money at `stage`; none if one is missing."""
        national, local = self.told([Fund.NATIONAL], stage), self.local_rows(stage)
        return [*national, *local] if national and local else []

    def local(self, stage: MoneyStage) -> int | None:
        """Local money at `stage`, all local funds together."""
        rows = self.local_rows(stage)
        return total_of(rows) if rows else None

    def summed(self, stage: MoneyStage) -> int | None:
        """National and local money at `stage`, added up; None where one is unknown."""
        rows = self.all_rows(stage)
        return total_of(rows) if rows else None

    def total(self, stage: MoneyStage) -> int | None:
        """All money at `stage`: the total that was told, else the sum of the funds."""
        told = self.amount(Fund.ALL, stage)
        return self.summed(stage) if told is None else told

    def whole(self, fund: Fund, stage: MoneyStage) -> int | None:
        """What `fund` reached at `stage`, added up for `local` and `all`."""
        if fund == Fund.ALL:
            return self.total(stage)
        return self.local(stage) if fund == Fund.LOCAL else self.amount(fund, stage)

    def at_least(self, fund: Fund, stage: MoneyStage) -> int | None:
        """What is told of `fund` at `stage`, be it the whole or only a part of it."""
        told = self.amount(fund, stage)
        parts, _whole = self._parts(fund, stage)
        return total_of(parts) if told is None and parts else told

    def match(self, stage: MoneyStage = MoneyStage.COMMITTED) -> Match | None:
        """The match at `stage`; None where national or local money is unknown."""
        national, local = self.amount(Fund.NATIONAL, stage), self.local(stage)
        if national is None or local is None:
            return None
        return Match(national, local, self.local_per_national)

    @property
    def differences(self) -> list[TwoSums]:
        """Totals that do not agree with their parts, in the order of the stages."""
        found = []
        for stage in MoneyStage:
            for fund in (Fund.LOCAL, Fund.ALL):
                told = self.rows.get((fund, stage))
                parts, whole = self._parts(fund, stage)
                if told and parts:
                    two = TwoSums(told, parts)
                    # A part that is missing may be as large as what the others leave.
                    if two.difference_won and (whole or two.difference_won < 0):
                        found.append(two)
        return found

    def settlement(self, fund: Fund) -> Settlement:
        """What `fund` received, spent, carries over and gave back; sums for `local` and `all`."""
        return Settlement(
            *(
                self.whole(fund, stage)
                for stage in (
                    MoneyStage.RECEIVED,
                    MoneyStage.SPENT,
                    MoneyStage.CARRIED_OVER,
                    MoneyStage.REFUNDED,
                )
            )
        )

    def refund_due(self, fund: Fund) -> int | None:
        """What `fund` has to give back; for `local` and `all` else what their parts have to."""
        due = self.settlement(fund).refund_due_won
        parts = {Fund.LOCAL: LOCAL_PARTS, Fund.ALL: (Fund.NATIONAL, Fund.LOCAL)}.get(fund)
        if due is not None or parts is None:
            return due
        dues = [self.refund_due(part) for part in parts]
        return None if None in dues else sum(due or 0 for due in dues)

    @property
    def national_refund_by_share_won(self) -> int | None:
        """The nation's share of the refund of all money, by its share of the agreement.

        For sites that tell their spending in total only. Rounded down to the won.
        """
        due = self.refund_due(Fund.ALL)
        agreed = self.match()
        if due is None or agreed is None or not agreed.national_won:
            return None
        return due * agreed.national_won // (agreed.national_won + agreed.local_won)

    @property
    def refund_due_won(self) -> int | None:
        """National money to be given back: as told for it, else by its share of the agreement."""
        told = self.settlement(Fund.NATIONAL).refund_due_won
        return self.national_refund_by_share_won if told is None else told

    @property
    def real_execution(self) -> Share | None:
        """Spent of what was received (real execution rate).

        Balances run since the selection, so that money carried over is in what was received, once.
        Spent per granted money is how the National Assembly Budget Office counts it: New Daily,
        3 August 2023 (source biz-newdaily-2023080300161).
        """
        return share(self.spent_won, self.total(MoneyStage.RECEIVED))

    @property
    def execution(self) -> Share | None:
        """Spent of what was committed."""
        return share(self.spent_won, self.committed_won)

    @property
    def national_won(self) -> int | None:
        """National money committed."""
        return self.amount(Fund.NATIONAL)

    @property
    def local_won(self) -> int | None:
        """Local money committed, all local funds together."""
        return self.local(MoneyStage.COMMITTED)

    @property
    def committed_won(self) -> int | None:
        """All money committed."""
        return self.total(MoneyStage.COMMITTED)

    @property
    def match_shortfall_won(self) -> int | None:
        """What local money lacks to match the national money, to the won; 0 when it matches."""
        found = self.match()
        return found.shortfall_won if found else None

    @property
    def spent_won(self) -> int | None:
        """What was spent in all."""
        return self.total(MoneyStage.SPENT)

    def told(self, funds: Iterable[Fund], stage: MoneyStage) -> list[Money]:
        """The rows that were told of `funds` at `stage`."""
        return [self.rows[fund, stage] for fund in funds if (fund, stage) in self.rows]

    def _parts(self, fund: Fund, stage: MoneyStage) -> tuple[list[Money], bool]:
        """What was told of the parts of `fund`, and whether that is all of them."""
        if fund == Fund.LOCAL:
            parts = self.told(LOCAL_PARTS, stage)
            return parts, len(parts) == len(LOCAL_PARTS)
        if fund != Fund.ALL:
            return [], False
        whole = self.all_rows(stage)
        local = self.told([Fund.LOCAL], stage) or self.told(LOCAL_PARTS, stage)
        return whole or [*self.told([Fund.NATIONAL], stage), *local], bool(whole)


def total_of(rows: Iterable[Money]) -> int:
    """The amounts of `rows`, added up."""
    return sum(row.amount_won for row in rows)


def share(part_won: int | None, whole_won: int | None) -> Share | None:
    """The share of a part in a whole; None where one is unknown or the whole is nothing."""
    return Share(part_won, whole_won) if part_won is not None and whole_won else None


def has_lapsed(row: Money, as_of: date) -> bool:
    """Whether `row` tells of money that was carried over and whose year is over.

    What is carried over on 31 December may be spent until the end of the next budget year; from
    then on only what was told for that year counts.
    """
    return row.stage == MoneyStage.CARRIED_OVER and row.on.year + 1 < as_of.year
