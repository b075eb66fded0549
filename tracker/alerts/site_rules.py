"""Rules about a site as a whole: who is silent, and where its money stands against its term."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import takewhile
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from common.db import db
from common.facts import KOREA, When, last_steps
from common.locale import number, said, word
from tracker.alerts.alerts import Alert, Ground, Known
from tracker.alerts.rules import RULES, RuleName
from tracker.money.ledger import Fund, MoneyStage
from tracker.register.register import months_from
from tracker.reports.begun import by_then, reporting_begun
from tracker.reports.months import month_before, month_end, month_name
from tracker.reports.periods import Closing, months
from tracker.reports.reports import SENT, Report, ReportStep
from tracker.rollout import SiteRecord
from tracker.states import State

MONTHS_A_YEAR = 12


def about_site(record: SiteRecord, name: RuleName, **told: Any) -> Alert:
    """An alert about a site as a whole, which its municipality answers for."""
    return Alert(
        name=name,
        subject=record.slug,
        title=str(said(record, "name")),
        owner=record.municipality.organisation,
        act=str(RULES[name].act),
        record=record,
        **told,
    )


def silent_sites(ground: Ground) -> Iterator[Alert]:
    """Sites without a report of the last closed month that binds them; five statements at most."""
    when = ground.when
    closed, begun, told = closed_months(when), reporting_begun(when), months_told(ground)
    first = month_before(when.as_of)
    last = first if counted_from(first, closed) <= when.as_of else month_before(first)
    for site in ground.sites:
        start = begun.get(site.round_id)
        due = months_due(site, start.month, last) if start else []
        silent = silent_months(due, told[site.id])
        if start is None or not silent:
            continue
        heard = max(told[site.id], default=None)
        yield about_site(
            site,
            RuleName.SILENT_SITE,
            says=_(
                "No report of %(month)s; %(count)s months in a row",
                month=month_name(silent[0]),
                count=len(silent),
            ),
            since=max(counted_from(silent[-1], closed), start.on),
            measure=len(silent),
            unit="months",
            facts=(
                Known(
                    _("Last month reported"),
                    month_name(heard) if heard else None,
                    on=month_end(heard) if heard else None,
                    path=f"/reports?site={site.slug}",
                ),
                Known(
                    _("First month that binds the site"),
                    month_name(due[0]),
                    on=month_end(due[0]),
                    path=f"/reporting?month={month_name(due[0])}",
                    dated=False,
                ),
                Known(_("Months without a report"), len(silent), "months", month_end(silent[0])),
            ),
            act_path=f"/sites/{site.slug}/reports/{month_name(silent[0])}",
        )


def months_due(site: SiteRecord, begun: date, last: date) -> list[date]:
    """The months up to `last` of which a site has to tell: from `begun` until it works."""
    if site.state is State.WITHDRAWN:
        return []
    works = [it.on for it in site.progress if it.state is State.WORKING and not it.deployment_id]
    if works:
        last = min(last, min(works).replace(day=1))
    due = months(max(site.selected_on, begun), month_end(last) + timedelta(days=1))
    return list(due)


def silent_months(due: Sequence[date], told: Collection[date]) -> list[date]:
    """The months at the end of `due` that nobody told of, the newest first."""
    return list(takewhile(lambda month: month not in told, reversed(due)))


def counted_from(month: date, closed: dict[date, date]) -> date:
    """The day from which a month counts as closed: so many days after it, or when it was closed."""
    usual = month_end(month) + timedelta(days=RULES[RuleName.SILENT_SITE]["days"])
    return min(usual, closed.get(month, usual))


def closed_months(when: When) -> dict[date, date]:
    """The months that the ministry had closed by then, with the day."""
    rows = db.session.scalars(select(Closing).order_by(Closing.month, Closing.nth))
    found: dict[date, date] = {}
    last = by_then(when)
    for it in rows:
        day, opened = (it.closed_at + KOREA).date(), it.reopened_at
        if day <= last and (opened is None or (opened + KOREA).date() > last):
            found[it.month] = day
    return found


def months_told(ground: Ground) -> dict[int, set[date]]:
    """The months of which each site had sent a report, by the site's id."""
    sent = (
        last_steps(ReportStep, "report_id", ground.when).where(ReportStep.what.in_(SENT)).subquery()
    )
    rows = db.session.execute(
        select(Report.site_id, Report.month)
        .join(sent, sent.c.report_id == Report.id)
        .where(Report.site_id.in_([site.id for site in ground.sites]))
    )
    found: dict[int, set[date]] = defaultdict(set)
    for site_id, month in rows:
        found[site_id].add(month)
    return found


def local_budgets(ground: Ground) -> Iterator[Alert]:
    """Sites under way whose council is not on record as having passed the local money."""
    days = RULES[RuleName.BUDGET_NOT_PASSED]["days"]
    for site in ground.sites:
        due = site.selected_on + timedelta(days=days)
        late = (ground.when.as_of - site.selected_on).days
        done = site.state.rank >= State.COMPLETION_REPORTED.rank
        budgeted, committed = (
            site.account.local(stage) for stage in (MoneyStage.BUDGETED, MoneyStage.COMMITTED)
        )
        short = None if budgeted is None or committed is None else committed - budgeted
        if done or late < days or (budgeted is not None and (short is None or short <= 0)):
            continue
        path = f"/sites/{site.slug}/money"
        yield about_site(
            site,
            RuleName.BUDGET_NOT_PASSED,
            says=_("No local budget on record %(days)s days after the selection", days=number(late))
            if short is None
            else _("The council budgeted less than was committed"),
            since=due,
            measure=late if short is None else short,
            unit="days" if short is None else "won",
            facts=(
                Known(_("Selected on"), None, on=site.selected_on, path=f"/sites/{site.slug}"),
                *amounts(site, MoneyStage.COMMITTED, path),
                *(
                    amounts(site, MoneyStage.BUDGETED, path)
                    or [Known(word(MoneyStage.BUDGETED), None, "won", path=path)]
                ),
            ),
            act_path=f"{path}#report",
        )


def amounts(site: SiteRecord, stage: MoneyStage, path: str, *funds: Fund) -> list[Known]:
    """What was told of local money, or of `funds`, at a stage, row by row."""
    rows = site.account.local_rows(stage)
    if funds:
        rows = [row for fund in funds if (row := site.account.rows.get((fund, stage)))]
    return [
        Known(f"{word(row.fund)}, {word(stage)}", row.amount_won, "won", row.on, path)
        for row in rows
    ]


def short_matches(ground: Ground) -> Iterator[Alert]:
    """Sites whose local money is short of what the national money asks, to the won."""
    for site in ground.sites:
        found = site.account.match()
        limit = RULES[RuleName.MATCH_SHORT]["won"]
        if found is None or found.shortfall_won < limit or site.state is State.WITHDRAWN:
            continue
        path, stage = f"/sites/{site.slug}/money", MoneyStage.COMMITTED
        rows = [*amounts(site, stage, path, Fund.NATIONAL), *amounts(site, stage, path)]
        yield about_site(
            site,
            RuleName.MATCH_SHORT,
            says=_(
                "Local money is short of the national money, at %(n)s to 1",
                n=found.local_per_national,
            ),
            since=max(row.on for row in rows if row.on),
            measure=found.shortfall_won,
            unit="won",
            facts=(
                *rows,
                Known(_("Short"), found.shortfall_won, "won", ground.when.as_of, path),
            ),
            act_path=f"{path}#report",
        )


def term(site: SiteRecord) -> tuple[date, date]:
    """The first and the last day of the term of a site."""
    end = months_from(site.selected_on, MONTHS_A_YEAR * site.round.years)
    return site.selected_on, end


def elapsed(site: SiteRecord, day: date) -> Fraction:
    """The share of the term that has passed on `day`, from 0 to 1."""
    begin, end = term(site)
    return min(Fraction(1), max(Fraction(0), Fraction((day - begin).days, (end - begin).days)))


def behind(site: SiteRecord, day: date) -> Fraction | None:
    """How far the share spent lies behind the share of the term, from -1 to 1; None: unknown."""
    found = site.account.execution
    if found is None:
        return None
    return elapsed(site, day) - Fraction(found.part_won, found.whole_won)


def slow_spending(ground: Ground) -> Iterator[Alert]:
    """Sites that spent much less of their money than of their term."""
    limit = Fraction(RULES[RuleName.SPENDING_BEHIND]["points"], 100)
    for site in ground.sites:
        gap, share = behind(site, ground.when.as_of), site.account.execution
        if gap is None or share is None or gap < limit or site.state is State.WITHDRAWN:
            continue
        begin, end = term(site)
        spent = Fraction(share.part_won, share.whole_won)
        crossed = begin + timedelta(days=-(-(spent + limit) * (end - begin).days // 1))
        spent_rows = spending_rows(site)
        path = f"/sites/{site.slug}/money"
        yield about_site(
            site,
            RuleName.SPENDING_BEHIND,
            says=_(
                "%(spent)s %% of the money spent, %(passed)s %% of the term passed",
                spent=number(share.percent, 1),
                passed=number(float(100 * elapsed(site, ground.when.as_of)), 1),
            ),
            since=max([crossed, *(row.on for row in spent_rows)]),
            measure=round(float(100 * gap), 1),
            unit="points",
            facts=(
                Known(_("Committed"), share.whole_won, "won", None, path),
                *(
                    Known(
                        f"{word(row.fund)}, {word(row.stage)}", row.amount_won, "won", row.on, path
                    )
                    for row in spent_rows
                ),
                Known(_("Term begins"), None, on=begin, path=f"/sites/{site.slug}"),
                Known(_("Term ends"), None, on=end, path=f"/sites/{site.slug}"),
            ),
            act_path=f"{path}#report",
        )


def spending_rows(site: SiteRecord) -> list[Any]:
    """The rows that the spending of a site is made of."""
    whole = site.account.rows.get((Fund.ALL, MoneyStage.SPENT))
    return [whole] if whole else site.account.all_rows(MoneyStage.SPENT)
