"""Quantities for a spreadsheet: a row for each deployment and stage."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from common.locale import LANGUAGES
from common.permissions import Can, Member
from tracker.exchange.imports import ExchangeList
from tracker.exchange.sheets import Line, Sheet, names_of, own_deployments, words_of
from tracker.progress import Quantity, QuantityReportSchema, QuantityStage, told_quantity
from tracker.quantity_rules import quantity_faults


def _lines(who: Member) -> list[Line]:
    deployments = own_deployments(who)
    stages, units = words_of(QuantityStage), words_of({it.unit for it in deployments})
    return [
        Line(
            subject=f"{one.slug}/{stage.value}",
            site=one.site,
            thing=one,
            of=one.id,
            kind={"stage": stage.value},
            names={
                code: (*names_of(one, code), words[code], units[one.unit][code])
                for code in LANGUAGES
            },
        )
        for one in deployments
        for stage, words in stages.items()
    ]


QUANTITIES = Sheet(
    name=ExchangeList.QUANTITIES,
    can=Can.REPORT_QUANTITY,
    model=Quantity,
    schema=QuantityReportSchema,
    locked=(_l("Site"), _l("Solution"), _l("Stage"), _l("Unit")),
    columns=("value", "on", "approximate", "note_ko"),
    lines_of=_lines,
    by=("deployment_id", "stage"),
    subject=lambda fact: f"{fact.deployment.slug}/{fact.stage.value}",
    made=lambda line, values, who, corrects: told_quantity(line.thing, values, who, corrects),
    faults=quantity_faults,
)
