"""Lists for a spreadsheet: their rows, the columns that may be edited, and the facts they become.

A row is one thing that is told again and again: one stage of a deployment's quantity, one fund at
one stage of a site's money. It shows the newest fact of it; an edited row is a new fact, judged by
the schema and the rules of the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from common.db import db
from common.facts import When, latest
from common.locale import LANGUAGES, language, word
from common.permissions import Can, Member
from common.rows import RowErrors
from common.schema import Schema, describe
from tracker.deployments import Deployment
from tracker.exchange.imports import ExchangeList
from tracker.money.ledger import Fund, Money, MoneyReportSchema, MoneyStage, as_reported
from tracker.money.rules import objections
from tracker.municipalities import Municipality
from tracker.progress import Quantity, QuantityReportSchema, QuantityStage, report_quantity
from tracker.quantity_rules import quantity_faults
from tracker.sites import Site

# Plans may be told for days to come: the newest one is meant, whatever its day.
EVER = When(date.max)
YES, NO = "true", "false"


@dataclass(frozen=True)
class Line:
    """One row to edit: what it is about, in both languages, and the thing behind it."""

    subject: str
    site: Site
    thing: Any
    kind: dict[str, Any]  # what its facts have in common, as the schema names it
    names: dict[str, tuple[str, ...]]  # by language, in the order of the locked columns

    @property
    def said(self) -> tuple[str, ...]:
        """What it is about, in the reader's language."""
        return self.names[language()]

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        return " · ".join(self.said)


@dataclass(frozen=True)
class Sheet:
    """A list as a spreadsheet has it, and the way from a row to a fact."""

    name: ExchangeList
    can: Can
    model: Any
    schema: type[Schema]
    locked: tuple[Any, ...]
    columns: tuple[str, ...]
    lines_of: Callable[[Member], list[Line]]
    by: tuple[str, ...]
    subject: Callable[[Any], str]
    report: Callable[[Any, dict[str, Any], Any], Any]
    faults: Callable[[Mapping[int, Any]], RowErrors]
    group: str  # facts that limit each other have it in common

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The columns that may be edited, as data in the reader's language."""
        known = describe(self.schema())
        return {name: known[name] for name in self.columns}

    @property
    def labels(self) -> list[str]:
        """The names of all columns that are seen, in the reader's language."""
        return [*map(str, self.locked), *(it["label"] for it in self.fields.values())]

    def lines(self, who: Member) -> dict[str, Line]:
        """The rows that `who` may write, by their key."""
        return {line.subject: line for line in self.lines_of(who)}

    def newest(self, lines: Mapping[str, Line]) -> dict[str, Any]:
        """The newest fact of each row of which there is one; one statement."""
        sites = {line.thing.id for line in lines.values()}
        by = tuple(getattr(self.model, name) for name in self.by)
        rows = db.session.scalars(latest(self.model, by, EVER).where(by[0].in_(sites)))
        return {self.subject(fact): fact for fact in rows.unique()}

    def told(self, fact: Any) -> dict[str, str]:
        """What the cells of the row of `fact` say, as text; blank where there is none."""
        dumped = self.schema().dump(fact) if fact is not None else {}
        texts = {name: _as_text(dumped.get(name)) for name in self.columns}
        if "approximate" in texts:
            texts["approximate"] = texts["approximate"] or NO
        return texts


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def in_each_language(name: Callable[[], str]) -> dict[str, str]:
    """What `name` gives in Korean and in English."""
    found = {}
    for code in LANGUAGES:
        with force_locale(code):
            found[code] = name()
    return found


def own_sites(who: Member) -> Any:
    """The query of the sites that `who` may write, for those with such a right."""
    mine = Municipality.organisation_id == who.organisation_id
    return select(Site).join(Site.municipality).where(mine).order_by(Site.id)


def _quantity_lines(who: Member) -> list[Line]:
    own = own_sites(who).with_only_columns(Site.id).order_by(None)
    query = select(Deployment).where(Deployment.site_id.in_(own)).order_by(Deployment.id)
    stages = {it: in_each_language(lambda it=it: word(it)) for it in QuantityStage}  # type: ignore[misc]
    lines = []
    for one in db.session.scalars(query).unique():
        units = in_each_language(lambda one=one: word(one.unit))  # type: ignore[misc]
        for stage, words in stages.items():
            names: dict[str, tuple[str, ...]] = {
                code: (
                    getattr(one.site, f"name_{code}"),
                    getattr(one.solution, f"name_{code}"),
                    words[code],
                    units[code],
                )
                for code in LANGUAGES
            }
            subject = f"{one.slug}/{stage.value}"
            lines.append(Line(subject, one.site, one, {"stage": stage.value}, names))
    return lines


def _money_lines(who: Member) -> list[Line]:
    stages = {it: in_each_language(lambda it=it: word(it)) for it in MoneyStage}  # type: ignore[misc]
    funds = {it: in_each_language(lambda it=it: word(it)) for it in Fund}  # type: ignore[misc]
    return [
        Line(
            f"{site.slug}/{fund.value}/{stage.value}",
            site,
            site,
            {"fund": fund.value, "stage": stage.value},
            {code: (getattr(site, f"name_{code}"), of[code], at[code]) for code in LANGUAGES},
        )
        for site in db.session.scalars(own_sites(who)).unique()
        for stage, at in stages.items()
        for fund, of in funds.items()
    ]


SHEETS: dict[ExchangeList, Sheet] = {
    ExchangeList.QUANTITIES: Sheet(
        name=ExchangeList.QUANTITIES,
        can=Can.REPORT_QUANTITY,
        model=Quantity,
        schema=QuantityReportSchema,
        locked=(_l("Site"), _l("Solution"), _l("Stage"), _l("Unit")),
        columns=("value", "on", "approximate", "note_ko"),
        lines_of=_quantity_lines,
        by=("deployment_id", "stage"),
        subject=lambda fact: f"{fact.deployment.slug}/{fact.stage.value}",
        report=report_quantity,
        faults=quantity_faults,
        group="deployment_id",
    ),
    ExchangeList.MONEY: Sheet(
        name=ExchangeList.MONEY,
        can=Can.RECORD_MONEY,
        model=Money,
        schema=MoneyReportSchema,
        locked=(_l("Site"), _l("Fund"), _l("Stage")),
        columns=("amount_won", "on", "note_ko", "reason"),
        lines_of=_money_lines,
        by=("site_id", "fund", "stage"),
        subject=lambda fact: f"{fact.site.slug}/{fact.fund.value}/{fact.stage.value}",
        report=as_reported,
        faults=objections,
        group="site_id",
    ),
}
