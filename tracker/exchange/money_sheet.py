"""Money for a spreadsheet: a row for each site, stage and fund."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from common.db import db
from common.locale import LANGUAGES
from common.permissions import Can, Member
from tracker.exchange.imports import ExchangeList
from tracker.exchange.sheets import Line, Sheet, own_sites, words_of
from tracker.money.ledger import Fund, Money, MoneyReportSchema, MoneyStage, told_money
from tracker.money.rules import objections


def _lines(who: Member) -> list[Line]:
    stages, funds = words_of(MoneyStage), words_of(Fund)
    return [
        Line(
            subject=f"{site.slug}/{fund.value}/{stage.value}",
            site=site,
            thing=site,
            of=site.id,
            kind={"fund": fund.value, "stage": stage.value},
            names={code: (getattr(site, f"name_{code}"), of[code], at[code]) for code in LANGUAGES},
        )
        for site in db.session.scalars(own_sites(who)).unique()
        for stage, at in stages.items()
        for fund, of in funds.items()
    ]


MONEY = Sheet(
    name=ExchangeList.MONEY,
    can=Can.RECORD_MONEY,
    model=Money,
    schema=MoneyReportSchema,
    locked=(_l("Site"), _l("Fund"), _l("Stage")),
    columns=("amount_won", "on", "note_ko", "reason"),
    lines_of=_lines,
    by=("site_id", "fund", "stage"),
    subject=lambda fact: f"{fact.site.slug}/{fact.fund.value}/{fact.stage.value}",
    made=lambda line, values, who, corrects: told_money(line.thing, values, who, corrects),
    faults=objections,
)
