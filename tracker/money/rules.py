"""Money rules: what new amounts must keep, whichever door they come by, and what excuses them.

Late money and negative corrections are real. What is out of line is therefore refused only where
nobody gave a reason; the reason stands in the row and is shown with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from common.db import db
from common.facts import not_withdrawn, today
from common.locale import won, word
from common.rows import RowErrors
from tracker.money.account import Account
from tracker.money.ledger import LOCAL_FUNDS, Fund, Money, MoneyStage

YEAR_END = (12, 31)
LIMITS = {
    MoneyStage.CONTRACTED: _l(
        "%(fund)s: contracts of %(amount)s stand against a budget of %(limit)s on %(day)s, and no "
        "more may be contracted than the council budgeted. Check amount and day, record the "
        "budget first, or give a reason."
    ),
    MoneyStage.SPENT: _l(
        "%(fund)s: %(amount)s spent stands against %(limit)s received on %(day)s, and no more may "
        "be spent than was received. Check amount and day, record what was received first, or "
        "give a reason, for example that the money came late."
    ),
    MoneyStage.CARRIED_OVER: _l(
        "%(fund)s: %(amount)s is carried over where %(limit)s is left on %(day)s, and no more may "
        "be carried over than is left of what was received. Check amount and day, or give a reason."
    ),
    MoneyStage.REFUNDED: _l(
        "%(fund)s: %(amount)s refunded stands against %(limit)s left on %(day)s, and no more may "
        "be refunded than was received and not spent. Check amount and day, or give a reason."
    ),
}


PARTS = {Fund.LOCAL: LOCAL_FUNDS, Fund.ALL: tuple(Fund)}


@dataclass(frozen=True)
class Excess:
    """By how much the money at a stage is above its limit, and the rows that say so."""

    stage: MoneyStage
    fund: Fund
    amount_won: int
    limit_won: int
    rows: Sequence[Money]

    @property
    def over_won(self) -> int:
        """What is above the limit; at most 0 within it."""
        return self.amount_won - self.limit_won

    @property
    def cause(self) -> Money:
        """The row that goes beyond: the newest one, and on the same day that of the stage."""
        return max(self.rows, key=lambda row: (row.on, row.stage == self.stage))


def objections(new: Mapping[int, Money]) -> RowErrors:
    """What is wrong with `new` rows beside each other and what stands, by place and field."""
    sites = {row.site.id for row in new.values()}
    mine = set(map(id, new.values()))
    query = select(Money).where(Money.site_id.in_(sites), not_withdrawn(Money))
    rows = db.session.scalars(query).unique()
    old = defaultdict(list)
    for row in rows:
        if id(row) not in mine:
            old[row.site_id].append(row)
    found: RowErrors = {}
    for site_id in sites:
        here = {place: row for place, row in new.items() if row.site.id == site_id}
        found |= faults(here, old[site_id])
    return found


def faults(new: Mapping[int, Money], old: Sequence[Money]) -> RowErrors:
    """What is wrong with `new` rows of one site, given all `old` ones of it.

    Rows that come together are right if they are right as one, in whatever order they stand, or if
    each would have been taken by itself, one after the other: so a dump can always be loaded.
    """
    found = _faults(new, old)
    if not found or len(new) == 1:
        return found
    taken = list(old)
    for place, row in new.items():
        if _faults({place: row}, taken):
            return found
        taken.append(row)
    return {}


def _faults(new: Mapping[int, Money], old: Sequence[Money]) -> RowErrors:
    before = standing(old)
    after = standing([*before, *new.values()])
    told = [*_alone(new.values()), *_twice(new, after), *_falls(new, after)]
    told += _beyond(list(new.values()), before, after)
    found: RowErrors = {}
    for place, row in new.items():
        for blamed, field, sentence in told:
            sentences = found.setdefault(place, {}).setdefault(field, []) if blamed is row else []
            if blamed is row and sentence not in sentences:
                sentences.append(sentence)
    return found


def standing(rows: Sequence[Money]) -> list[Money]:
    """`rows` without those that another one of them corrects."""
    corrected = {id(row.corrects) for row in rows if row.corrects}
    return [row for row in rows if id(row) not in corrected]


Fault = tuple[Money, str, str]


def _alone(rows: Iterable[Money]) -> Iterator[Fault]:
    """What is wrong with a row by itself: its day, and what it corrects."""
    for row in rows:
        plan = row.stage == MoneyStage.PLANNED
        if row.on > today() and not plan:
            sentence = _("This day has not come yet; give the day for which it was counted.")
            yield row, "on", sentence
        elif row.on < row.site.selected_on and not plan:
            sentence = _(
                "The site was selected on %(day)s; before that day only a plan can be told.",
                day=row.site.selected_on,
            )
            yield row, "on", sentence
        elif row.stage == MoneyStage.CARRIED_OVER and (row.on.month, row.on.day) != YEAR_END:
            sentence = _(
                "Money is carried over at the end of a budget year; give %(day)s.",
                day=date(row.on.year, *YEAR_END),
            )
            yield row, "on", sentence
        if row.corrects and row.corrects.site is not row.site:
            yield row, "corrects", _("This corrects an amount of another site; name one of this.")


def _fallen(row: Money, before: Money) -> str:
    sentence = _(
        "%(amount)s is less than the %(before)s of %(day)s, and a balance does not fall by itself. "
        "Check the amount, or give a reason, for example a correction.",
        amount=won(row.amount_won),
        before=won(before.amount_won),
        day=before.on,
    )
    return str(sentence)


def _series(rows: Iterable[Money]) -> dict[tuple[Fund, MoneyStage], list[Money]]:
    series = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.on):
        series[row.fund, row.stage].append(row)
    return series


def _twice(new: Mapping[int, Money], after: Sequence[Money]) -> Iterator[Fault]:
    """Two balances of one fund and stage for one day."""
    ours = list(new.values())
    for rows in _series(after).values():
        for one, other in pairwise(rows):
            if one.on == other.on:
                sentence = _("This day has an amount already, %(key)s; name it in “corrects”.")
                late = other if any(other is row for row in ours) else one
                early = one if late is other else other
                yield late, "on", sentence % {"key": early.key}


def _falls(new: Mapping[int, Money], after: Sequence[Money]) -> Iterator[Fault]:
    """A balance that is lower than the one before, without a reason."""
    for row in new.values():
        wrong = row.corrects
        same = wrong and (wrong.fund, wrong.stage) == (row.fund, row.stage)
        if same and row.amount_won < wrong.amount_won and not row.reason:
            yield row, "amount_won", _fallen(row, wrong)
    ours = set(map(id, new.values()))
    for (_fund, stage), rows in _series(after).items():
        for before, row in pairwise(rows):
            if stage == MoneyStage.CARRIED_OVER or row.reason or row.on == before.on:
                continue
            if row.amount_won >= before.amount_won:
                continue
            if id(row) in ours:
                yield row, "amount_won", _fallen(row, before)
            elif id(before) in ours and not before.reason:
                sentence = _(
                    "%(amount)s is more than the %(after)s of %(day)s, and a balance does not fall "
                    "by itself. Check the amount and the day, or give a reason.",
                    amount=won(before.amount_won),
                    after=won(row.amount_won),
                    day=row.on,
                )
                yield before, "amount_won", sentence


def _beyond(
    new: Sequence[Money], before: Sequence[Money], after: Sequence[Money]
) -> Iterator[Fault]:
    """What goes beyond a limit on some day, and did not before or by less, without a reason."""
    was, now = Account({}), Account({})
    told, tells = _by_day(before), _by_day(after)
    seen = set()
    for day in sorted({*told, *tells}):
        was.rows.update({(row.fund, row.stage): row for row in told.get(day, ())})
        now.rows.update({(row.fund, row.stage): row for row in tells.get(day, ())})
        known = {(it.stage, it.fund): it.over_won for it in excesses(was, day)}
        for it in excesses(now, day):
            cause = next((row for row in new if row is it.cause), None)
            # A correction stands for itself: it needs its reason even if what it corrects had one.
            bad = 0 if cause and cause.corrects else max(0, known.get((it.stage, it.fund), 0))
            if it.over_won <= bad:
                continue
            # A row that took another one's place may have left a lower balance behind.
            near = [row for row in new if any(row is one for one in it.rows)]
            blamed = cause or (near or new)[-1]
            excused = it.cause.reason or (len(new) == 1 and blamed.reason)
            if not excused and (id(blamed), it.stage) not in seen:  # the first day is enough
                seen.add((id(blamed), it.stage))
                yield blamed, "amount_won", _too_much(it, day)


def _by_day(rows: Iterable[Money]) -> dict[date, list[Money]]:
    days = defaultdict(list)
    for row in rows:
        days[row.on].append(row)
    return days


def _too_much(it: Excess, day: date) -> str:
    return str(LIMITS[it.stage]) % {
        "fund": word(it.fund),
        "amount": won(it.amount_won),
        "limit": won(it.limit_won),
        "day": day,
    }


BESIDE = {
    MoneyStage.CONTRACTED: (MoneyStage.BUDGETED,),
    MoneyStage.SPENT: (MoneyStage.RECEIVED,),
    MoneyStage.CARRIED_OVER: (MoneyStage.RECEIVED, MoneyStage.SPENT, MoneyStage.REFUNDED),
    MoneyStage.REFUNDED: (MoneyStage.RECEIVED, MoneyStage.SPENT),
}


def excesses(account: Account, day: date) -> Iterator[Excess]:
    """What each fund, and all money, holds on `day` where there is a limit that is known."""
    for fund in Fund:
        parts = PARTS.get(fund, (fund,))
        rows = [row for row in account.rows.values() if row.fund in parts]
        for stage, limit in _limits(account, fund, day):
            amount = account.at_least(fund, stage)
            if amount is not None and limit is not None:
                near = {stage, *BESIDE[stage]}
                yield Excess(stage, fund, amount, limit, [it for it in rows if it.stage in near])


def _limits(account: Account, fund: Fund, day: date) -> Iterator[tuple[MoneyStage, int | None]]:
    """The most that each stage may hold; None where it is unknown."""
    yield MoneyStage.CONTRACTED, account.whole(fund, MoneyStage.BUDGETED)
    received = account.whole(fund, MoneyStage.RECEIVED)
    yield MoneyStage.SPENT, received
    if received is None:
        return
    left = received - (account.at_least(fund, MoneyStage.SPENT) or 0)
    yield MoneyStage.REFUNDED, max(0, left)
    left -= account.at_least(fund, MoneyStage.REFUNDED) or 0
    # Money that was carried over is spent in the next year: it is held against its own day only.
    carried = [
        account.rows[it, MoneyStage.CARRIED_OVER]
        for it in PARTS.get(fund, (fund,))
        if (it, MoneyStage.CARRIED_OVER) in account.rows
    ]
    if all(row.on == day for row in carried):
        yield MoneyStage.CARRIED_OVER, max(0, left)
